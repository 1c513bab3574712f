// A bundle has what it imports and what that stands on, and nothing else of the packages.
import { join, resolve } from 'node:path';
import * as esbuild from 'esbuild';
import * as vite from 'vite';
import { packages } from './packages.js';
import { problem } from './report.js';

/**
 * Exports that stand on others, and on packages beside core. All others come alone, but for a term on its formula,
 * `cvp` on `cvpPenalty`.
 * @type {Record<string, string[]>}
 */
const standsOn = {
  trainStep: ['gradientsOf'],
  hessianVectorProduct: ['gradientsOf'],
  hessianTrace: ['gradientsOf', 'hessianVectorProduct'],
  saspNetwork: ['leakyRelu', 'saspWeightsPenalty'],
  saspNetworkPenalty: ['leakyRelu'],
  ngerLoss: ['ngerWeights'],
  topologicalLoss: ['composite', '@toploss/cvp', '@toploss/dmta', '@toploss/sasp', '@toploss/sbmp'],
  chooseLambda: ['attach'],
};

/** What of core is large. The kit is the small parts of which it is made. */
const large = ['trainStep', 'hessianTrace', 'hessianVectorProduct', 'gradientsOf'];
const core = '@toploss/core';
const kit = `${core}/kit`;
const small = ['closedForm', 'Checks', 'weighted'];

/**
 * Unminified, with the files that left something in it.
 * @typedef {{ code: string, files: string[] }} Bundle
 * @typedef {(folder: string, code: string) => Promise<Bundle>} Bundler
 */

/** @type {Bundler} */
async function bundleByEsbuild(folder, code) {
  const { outputFiles, metafile } = await esbuild.build({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    format: 'esm',
    external: ['@tensorflow/*'],
    metafile: true,
    write: false,
    logLevel: 'error', // that nothing is used is what is wanted
  });
  const [output] = Object.values(metafile.outputs);
  const files = Object.entries(output?.inputs ?? {}).filter(
    ([, { bytesInOutput }]) => bytesInOutput,
  );
  return { code: outputFiles[0]?.text ?? '', files: files.map(([file]) => resolve(file)) };
}

/** @type {Bundler} */
async function bundleByVite(folder, code) {
  const entry = join(folder, 'entry.mjs');
  const result = await vite.build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) => (id === entry ? code : undefined),
      },
    ],
    build: {
      write: false,
      minify: false,
      modulePreload: false,
      rollupOptions: {
        input: entry,
        external: /^@tensorflow\//,
        preserveEntrySignatures: 'strict',
        onwarn: () => {}, // that a bundle is empty is what is wanted
      },
    },
  });
  const { output } = /** @type {vite.Rollup.RollupOutput} */ ([result].flat()[0]);
  const [chunk] = output;
  const files = Object.entries(chunk.modules).filter(
    ([, { renderedLength }]) => renderedLength > 0,
  );
  return { code: chunk.code, files: files.map(([file]) => file) };
}

/** @type {Record<string, Bundler>} */
const bundlers = { esbuild: bundleByEsbuild, Vite: bundleByVite };

/** @type {(consumer: string) => Promise<void>} */
export async function checkTrees(consumer) {
  for (const [bundler, bundle] of Object.entries(bundlers)) {
    for (const name of [...packages.map(({ manifest }) => manifest.name), kit]) {
      const { files } = await bundle(consumer, `import '${name}';`);
      const left = files.filter((file) => file.includes('node_modules/@toploss/'));
      if (left.length > 0) problem(`${bundler} keeps of ${name}, unused: ${left.join()}`);
      await checkExports(consumer, name, bundler, bundle);
    }
    // What is imported for its effect stays.
    const { code } = await bundle(consumer, "import '@toploss/core/gradients';");
    if (!code.includes('register_all_gradients')) problem(`${bundler} drops core/gradients`);
  }
}

/** @type {(consumer: string, name: string, bundler: string, bundle: Bundler) => Promise<void>} */
async function checkExports(consumer, name, bundler, bundle) {
  const names = name.startsWith(core) ? large : await exportsOf(consumer, name);
  /** @type {Record<string, string[]>} */
  const imports = { [core]: await exportsOf(consumer, core), [kit]: ['gradientsOf', ...small] };
  for (const imported of imports[name] ?? names) {
    const { code, files } = await bundle(consumer, `export { ${imported} } from '${name}';`);
    if (!declares(code, imported)) problem(`${bundler} has lost ${imported}`);
    const from = new Set(files.flatMap((file) => /@toploss\/\w+/.exec(file) ?? []));
    const others = [...names.filter((other) => declares(code, other)), ...from];
    const allowed = [imported, `${imported}Penalty`, name, core, ...(standsOn[imported] ?? [])];
    const brought = others.filter((other) => !allowed.includes(other));
    if (brought.length > 0) {
      problem(`${bundler} brings with ${imported} of ${name}: ${brought.join(', ')}`);
    }
  }
  console.log(`${bundler}: ${name}, ${names.length} exports`);
}

/** @type {(folder: string, name: string) => Promise<string[]>} */
async function exportsOf(folder, name) {
  const { metafile } = await esbuild.build({
    stdin: { contents: `export * from '${name}';`, resolveDir: folder },
    bundle: true,
    format: 'esm',
    external: ['@tensorflow/*'],
    metafile: true,
    write: false,
  });
  return Object.values(metafile.outputs).flatMap(({ exports }) => exports);
}

// At the left margin, and with a number where the bundler had to tell two of the same name apart.
/** @type {(code: string, name: string) => boolean} */
const declares = (code, name) =>
  new RegExp(`^(export )?(async )?(function\\*?|var|let|const|class) ${name}\\d*\\b`, 'm').test(
    code,
  );
