// What an import adds to a page, minified and gzipped, without TensorFlow.js: prints it in kB of 1000 bytes, and fails above
// a budget. Alone is the package's own code; together is with what it uses of the other packages.
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { packages } from './packages.js';
import { problem } from './report.js';

/** Bytes of a penalty, and of every package that is not below. */
const penalty = 4000;

/**
 * Bytes for what is imported, '*' is everything.
 * @type {Record<string, Record<string, number>>}
 */
const budgets = {
  '@toploss/core': {
    trainStep: 6900, // with `tryStep`, which shares a step up to the optimizer, and with programs for GPUs
    '*': 9300,
    gradients: 3000, // the kernels for wasm
  },
  '@toploss/core/kit': {
    'closedForm, weighted, Checks': 3700, // all checks, and the programs that multiply by the weight on GPUs
    '*': 11_000, // what the penalties had of their own: terms, memory, loops, the softmax, pieces of programs
  },
  '@toploss/sasp': {
    'sasp, saspPenalty, saspCrossEntropy': 6700, // two curvatures of three heads, missing labels, programs
    'saspNetwork, saspNetworkPenalty': 16_600, // stacks in closed form, any other model by weight noise, programs
    saspAnyLayer: 800,
    '*': 21_800,
  },
  '@toploss/dmta': {
    dmta: 4800, // with programs
    'dmtaPenalty, dmtaGradient': 1800,
    '*': 5200, // two modes, each as a term, and the bare cosine
  },
  '@toploss/sbmp': { '*': 5100 }, // three heads, as operations, loops and programs
  '@toploss/composite': { '*': 1000 },
  '@toploss/layers': { attach: 11_800, '*': 13_100 }, // any model, and a word where it has collapsed
  '@toploss/nger': { '*': 5300 }, // with state, a backward pass of the heads, and the default floor in a loop
};

/** @typedef {{ name: string, imported: string, alone: number, together: number, budget: number }} Size */

/** Bytes of what is imported. @type {(folder: string, index: string, imported: string, external: string[]) => Promise<number>} */
async function bundled(folder, index, imported, external) {
  const names = imported === '*' ? '*' : `{ ${imported} }`;
  const code =
    imported === 'gradients' ? "import './dist/gradients.js';" : `export ${names} from '${index}';`;
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'esm',
    external: ['@tensorflow/*', ...external],
    write: false,
  });
  return outputFiles.reduce(
    (sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length,
    0,
  );
}

/** @returns {Promise<Size[]>} */
async function measure() {
  const names = packages.map(({ manifest }) => manifest.name);
  const sizes = [];
  for (const { folder, manifest } of packages) {
    const others = names
      .filter((other) => other !== manifest.name)
      .flatMap((other) => [other, `${other}/*`]);
    for (const entry of ['.', './kit'].filter((entry) => entry in manifest.exports)) {
      const name = join(manifest.name, entry);
      const index = `./${join('dist', entry, 'index.js')}`;
      for (const [imported, budget] of Object.entries({ '*': penalty, ...budgets[name] })) {
        const alone = await bundled(folder, index, imported, others);
        const together = await bundled(folder, index, imported, []);
        sizes.push({ name, imported, alone, together, budget });
      }
    }
  }
  return sizes;
}

/** @type {(bytes: number, width: number) => string} */
const kB = (bytes, width) => (bytes / 1000).toFixed(1).padStart(width);

/** @type {(size: Size) => string} */
const key = ({ name, imported }) => {
  if (imported === 'gradients') return `${name}/gradients`;
  return imported === '*' ? name : `{ ${imported} } from '${name}'`;
};

export async function checkSizes() {
  console.log(' alone  together  budget');
  for (const size of await measure()) {
    const { alone, together, budget } = size;
    console.log(`${kB(alone, 6)}  ${kB(together, 8)}  ${kB(budget, 6)}  ${key(size)}`);
    if (alone > budget) problem(`${key(size)} has ${alone} bytes, its budget is ${budget}`);
  }
}
