import { playwright } from '@vitest/browser-playwright';
import { defaultClientConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// The tests of the packages in Chromium, one project for each backend: `--project webgl` runs that one.

/** One browser for all: SwiftShader in the place of a GPU. */
const flags = [
  '--no-sandbox', // as root
  '--ignore-gpu-blocklist',
  '--enable-unsafe-swiftshader',
  '--use-angle=swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan,WebGPU',
  '--use-vulkan=swiftshader', // without it `dataSync` gives zeros on webgpu
];

export default defineConfig({
  resolve: { conditions: ['@toploss/source', ...defaultClientConditions] },
  test: {
    include: ['packages/*/test/**/*.test.ts'],
    testTimeout: 120_000,
    setupFiles: ['packages/testing/src/setup/browser.ts'],
    onConsoleLog: (log) => !log.includes('synchronously reading data from GPU to CPU'),
    maxWorkers: 1,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
          args: flags,
        },
      }),
      instances: (['cpu', 'wasm', 'webgl', 'webgpu'] as const).map((backend) => ({
        browser: 'chromium',
        name: backend,
        provide: { backend },
      })),
    },
  },
});
