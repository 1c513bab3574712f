// An app of a user: an empty folder, where npm installs the tarballs, and which loads every entry point and
// computes a gradient.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { packages } from './packages.js';
import { run } from './report.js';

const tfjs = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'];

export function makeConsumer() {
  const consumer = mkdtempSync(join(tmpdir(), 'toploss-'));
  mkdirSync(join(consumer, 'tarballs'));
  fillConsumer(consumer);
  return consumer;
}

/** @type {(consumer: string) => void} */
export function fillConsumer(consumer) {
  writeFileSync(join(consumer, 'package.json'), '{}');
  cpSync('tools/check-packages/consumer', consumer, { recursive: true });
  writeScripts(consumer);
}

/** @type {(consumer: string, version: string, others: string[]) => Promise<void>} */
export async function install(consumer, version, others) {
  const names = [...tfjs, '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs'];
  const peers = names.map((name) => `${name}@${version}`);
  const flags = '--no-audit --no-fund --loglevel=error';
  await run(consumer, `npm install ${flags} ./tarballs/* ${[...peers, ...others].join(' ')}`);
}

/** @type {(consumer: string) => void} */
function writeScripts(consumer) {
  // Without `layers`, whose peer brings the gradients that the others find for themselves.
  const entries = packages
    .filter(({ manifest }) => manifest.name !== '@toploss/layers')
    .flatMap(({ manifest }) =>
      Object.keys(manifest.exports).map((path) => manifest.name + path.slice(1)),
    );
  const gradient = `
if (tf.grad(tf.square)(tf.scalar(3)).dataSync()[0] !== 6) throw new Error('d(x²)/dx at 3 is not 6');
`;
  /** @type {(file: string, tf: string, load: (module: string) => string) => void} */
  const write = (file, tf, load) =>
    writeFileSync(
      join(consumer, file),
      [tf, ...[...tfjs, ...entries].map(load), gradient].join('\n'),
    );
  write('esm.mjs', `import * as tf from '${tfjs[0]}';`, (module) => `import '${module}';`);
  write('cjs.cjs', `const tf = require('${tfjs[0]}');`, (module) => `require('${module}');`);
  // The complete script that the README leads to, which trains by `model.fit`.
  const page = readFileSync('apps/docs/pages/start.md', 'utf8');
  const [, example = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
  writeFileSync(join(consumer, 'example.mjs'), example);
}

/** @type {(consumer: string) => Promise<void>} */
export async function loadInNode(consumer) {
  await Promise.all(
    [
      'node esm.mjs',
      'node cjs.cjs',
      `node effects.mjs ${packages.map(({ manifest }) => manifest.name).join(' ')}`,
      'grep @toploss/layers example.mjs && node example.mjs',
    ].map((command) => run(consumer, command)),
  );
}

// Node of the other majors is a package of npm, as the library's users have them; this one is at hand.
const majors = ['20', '22', '24'].filter((major) => major !== process.versions.node.split('.')[0]);

/** @type {(consumer: string) => Promise<void>} */
export async function loadInOtherNodes(consumer) {
  await Promise.all(
    majors.map((major) => {
      const scripts = [
        `--version | grep ^v${major}.`,
        'esm.mjs',
        'cjs.cjs',
        `resume.mjs 0 1 ${major}.json`,
      ];
      const commands = scripts.map((script) => `node ${script}`).join(' && ');
      return run(consumer, `npx -y -p node@${major} -c "${commands}"`);
    }),
  );
}

// What a bundler makes for browsers runs in Node too, where tfjs takes it for a browser's worker.
const worker = 'var WorkerGlobalScope = true;';

/** @type {(consumer: string) => Promise<void>} */
export async function loadFromEsbuild(consumer) {
  const browser = `--define:process.versions=undefined --banner:js="${worker}"`;
  const out = '--outfile=esbuild.cjs --log-level=error';
  await run(consumer, `esbuild esm.mjs --bundle ${browser} ${out} && node esbuild.cjs`);
}

/** @type {(consumer: string) => Promise<void>} */
export async function loadFromVite(consumer) {
  await build({
    root: consumer,
    configFile: false,
    logLevel: 'warn',
    define: { 'process.versions': 'undefined' },
    build: {
      outDir: 'vite',
      modulePreload: false, // a page's
      chunkSizeWarningLimit: 2000,
      rollupOptions: {
        input: join(consumer, 'esm.mjs'),
        output: { entryFileNames: 'main.mjs', banner: worker },
      },
    },
  });
  await run(consumer, 'node vite/main.mjs');
}

/** Training that is stopped, saved, and continued in another process, beside training that is not. */
export async function resume(/** @type {string} */ consumer) {
  await Promise.all([
    run(consumer, 'node resume.mjs 0 20 whole.json'),
    run(consumer, 'node resume.mjs 0 8 half.json && node resume.mjs 8 20 resumed.json half.json'),
  ]);
  await run(consumer, 'cmp whole.json resumed.json');
}
