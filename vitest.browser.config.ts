import { playwright } from '@vitest/browser-playwright';
import { defaultClientConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// The tests of the packages in Chromium, one project for each backend: `--project webgl` runs that one.

/** One browser for all: SwiftShader instead of a GPU. */
const flags = [
  '--no-sandbox', // as root
  '--ignore-gpu-blocklist',
  '--enable-unsafe-swiftshader',
  '--use-angle=swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan,WebGPU',
  '--use-vulkan=swiftshader', // without it `dataSync` gives zeros on webgpu, and no error
];

const everything = '{packages/*,tools/template}/test/**/*.test.ts';

interface Project {
  backend: 'cpu' | 'wasm' | 'webgl' | 'webgpu';
  include: string[];
  exclude?: string[];
}

/** On cpu and wasm it is the engine and the code of Node, where everything runs: what fits the browser is enough. */
const ofEveryKind = [
  '{packages/*,tools/template}/test/**/{contract,golden}.test.ts',
  // A bundler renames functions, and a page waits otherwise than Node.
  'packages/layers/test/{as-tfjs,by-hand,fit,heads}.test.ts',
];

/** SwiftShader takes up to a hundred times as long as a loop on cpu. */
const projects: Project[] = [
  { backend: 'cpu', include: ofEveryKind },
  { backend: 'wasm', include: ofEveryKind },
  {
    backend: 'webgl',
    include: [everything],
    exclude: [
      // They compare loops in host memory with operations; a device has operations only.
      'packages/!(core)/test/host-*.test.ts',
      // Thousands of passes each, of what the others and the golden values test too.
      'packages/core/test/hessian.test.ts',
      'packages/{cvp/test/cvp,nger/test/{absent,nger},sasp/test/{sasp,network/network}}.test.ts',
      'packages/{sasp/test/weights/weights,sbmp/test/sbmp}.test.ts',
      'packages/composite/test/{all-penalties,training-runs}.test.ts',
      // How tfjs-layers is driven, and what is saved, is the same on all backends.
      'packages/{dmta,nger}/test/state.test.ts',
      'packages/layers/test/{as-by-hand,as-tfjs,choose-lambda,collapse,field,frozen,frozen-terms}.test.ts',
      'packages/layers/test/{heads,labels,noise,optimizer,passes,read-by-loss,refused-steps,trial}.test.ts',
      'packages/layers/test/life/*.test.ts',
      // They switch to the backend wasm.
      'packages/core/test/kernels/*.test.ts',
      // Node loads the other copy of tfjs.
      'packages/layers/test/copies.test.ts',
    ],
  },
  {
    // Every value that is read costs milliseconds here.
    backend: 'webgpu',
    include: [
      '{packages/*,tools/template}/test/**/{contract,golden}.test.ts',
      'packages/*/test/**/*programs.test.ts',
      'packages/core/test/{closed-form,near-zero,program,sum}.test.ts',
      'packages/dmta/test/{observe,programs}.test.ts',
      'packages/nger/test/weights.test.ts',
      'packages/sbmp/test/programs.test.ts',
      'packages/sasp/test/head-programs.test.ts',
      'packages/layers/test/by-hand.test.ts',
    ],
  },
];

export default defineConfig({
  resolve: { conditions: ['@toploss/source', ...defaultClientConditions] },
  test: {
    include: [everything], // what is bundled beforehand; the apps' tests are for Node
    testTimeout: 120_000,
    setupFiles: ['tools/testing/src/setup/browser.ts'],
    onConsoleLog: (log) => !log.includes('synchronously reading data from GPU to CPU'),
    maxWorkers: 2,
    browser: {
      enabled: true,
      headless: true,
      connectTimeout: 300_000, // the first page waits until tfjs is bundled
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
          args: flags,
        },
      }),
      instances: projects.map(({ backend, ...files }) => ({
        browser: 'chromium',
        name: backend,
        provide: { backend },
        ...files,
      })),
    },
  },
});
