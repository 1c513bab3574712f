// What an import adds to a page, minified and gzipped, beside TensorFlow.js: measured, within a budget, and
// written down in docs/sizes.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { packages } from './packages.js';
import { problem } from './report.js';

const page = 'docs/sizes.md';
/** Bytes of a penalty, and of every package that is not below. */
const penalty = 4000;
/** Of one that remembers, and can be saved and restored. */
const withState = 4500;

/**
 * Bytes for what is imported, '*' is everything.
 * @type {Record<string, Record<string, number>>}
 */
const budgets = {
  '@toploss/core': {
    trainStep: 4600,
    '*': 6900,
    gradients: 3000, // the kernels for wasm
  },
  '@toploss/core/kit': {
    'closedForm, weighted, checkOptions': 1500,
    '*': 5300, // with `penaltyOf`, `Memory` and `inLoop`, which the penalties had of their own
  },
  '@toploss/sasp': {
    'sasp, saspPenalty, saspCrossEntropy': 5000, // two curvatures of three heads, and labels that are missing
    'saspNetwork, saspNetworkPenalty': 13_600, // stacks in closed form, any other model by weight noise
    saspAnyLayer: 800,
    '*': 16_300,
  },
  '@toploss/dmta': {
    dmta: withState,
    'dmtaPenalty, dmtaGradient': 1800,
    '*': 5000, // two modes, each as a term, and the bare cosine
  },
  '@toploss/composite': { '*': 1000 },
  '@toploss/layers': { attach: 11_800, '*': 13_100 }, // any model, and a word where it has collapsed
  '@toploss/nger': { '*': withState },
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

/** @type {(bytes: number) => string} */
const kB = (bytes) => (bytes / 1000).toFixed(1);

/** @type {(size: Size) => string} */
const key = ({ name, imported }) => {
  if (imported === 'gradients') return `\`${name}/gradients\``;
  return `\`${imported === '*' ? name : `{ ${imported} } from '${name}'`}\``;
};

/** @type {(sizes: Size[]) => string} */
const table = (sizes) =>
  sizes
    .map((size) => {
      const { alone, together, budget } = size;
      return `| ${key(size)} | ${kB(alone)} | ${kB(together)} | ${kB(budget)} |\n`;
    })
    .join('');

// Not to the byte: the versions of Node compress a little differently.
const drift = 100;

/** What the page says, in bytes. @returns {Map<string, Pick<Size, 'alone' | 'together'>>} */
const written = () =>
  new Map(
    [...readFileSync(page, 'utf8').matchAll(/^\| (`.*?`) +\| +([\d.]+) +\| +([\d.]+)/gm)].map(
      ([, name = '', alone, together]) => [
        name,
        { alone: 1000 * Number(alone), together: 1000 * Number(together) },
      ],
    ),
  );

/** @type {(says: Pick<Size, 'alone' | 'together'> | undefined, size: Size) => boolean} */
const isTrue = (says, { alone, together }) =>
  says !== undefined &&
  Math.abs(says.alone - alone) <= drift &&
  Math.abs(says.together - together) <= drift;

export async function writeSizes() {
  const before = written();
  const sizes = (await measure()).map((size) => {
    const says = before.get(key(size));
    return isTrue(says, size) ? { ...size, ...says } : size;
  });
  writeFileSync(
    page,
    `# Sizes

What an import adds to a page: kB of 1000 bytes, minified by esbuild and gzipped, without TensorFlow.js. Alone is the
package's own code; together is with what it uses of the other packages, \`@toploss/core\` foremost, which several
penalties share. \`pnpm check:packages\` fails above a budget, and where this page is no longer true;
\`pnpm check:packages --write\` writes it anew.

|     | alone | together | budget, alone |
| --- | ----: | -------: | ------------: |
${table(sizes)}
A penalty may have 4 kB, and 4.5 if it has a state to save and restore. \`sasp\` has 5, for three heads and missing labels.
\`saspNetwork\` has more: closed forms of eleven activations, and weight noise for any other model.
\`@toploss/core/gradients\` is TensorFlow.js' own code, which is not counted, and kernels for the wasm backend.
`,
  );
}

export async function checkSizes() {
  const sizes = await measure();
  console.log(table(sizes));
  const rows = written();
  for (const size of sizes) {
    const { alone, budget } = size;
    if (alone > budget) problem(`${key(size)} has ${alone} bytes, its budget is ${budget}`);
    if (!isTrue(rows.get(key(size)), size)) {
      problem(`${page} is not true of ${key(size)}: pnpm check:packages --write`);
    }
    rows.delete(key(size));
  }
  for (const name of rows.keys()) problem(`${page} has ${name}: pnpm check:packages --write`);
}
