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
  writeFileSync(join(consumer, 'package.json'), '{}');
  mkdirSync(join(consumer, 'tarballs'));
  cpSync('scripts/check-packages/consumer', consumer, { recursive: true });
  writeScripts(consumer);
  return consumer;
}

/** @type {(consumer: string, others: string[]) => void} */
export function install(consumer, others) {
  const peers = [...tfjs, '@tensorflow/tfjs'].map((name) => `${name}@4`);
  const flags = '--no-audit --no-fund --loglevel=error';
  run(consumer, `npm install ${flags} ./tarballs/* ${[...peers, ...others].join(' ')}`);
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

/** @type {(consumer: string) => void} */
export function loadInNode(consumer) {
  run(consumer, 'node esm.mjs');
  run(consumer, 'node cjs.cjs');
  run(consumer, `node effects.mjs ${packages.map(({ manifest }) => manifest.name).join(' ')}`);
  run(consumer, 'grep @toploss/layers example.mjs');
  run(consumer, 'node example.mjs');
}

// Node of the other majors is a package of npm, as the library's users have them; this one is at hand.
const majors = ['20', '22', '24'].filter((major) => major !== process.versions.node.split('.')[0]);

/** @type {(consumer: string) => void} */
export function loadInOtherNodes(consumer) {
  for (const major of majors) {
    const scripts = [
      `--version | grep ^v${major}.`,
      'esm.mjs',
      'cjs.cjs',
      'resume.mjs 0 1 out.json',
    ];
    run(consumer, `npx -y -p node@${major} -c "${scripts.map((x) => `node ${x}`).join(' && ')}"`);
  }
}

// What a bundler makes for browsers runs in Node too, where tfjs takes it for a browser's worker.
const worker = 'var WorkerGlobalScope = true;';

/** @type {(consumer: string) => void} */
export function loadFromEsbuild(consumer) {
  const browser = `--define:process.versions=undefined --banner:js="${worker}"`;
  const out = '--outfile=esbuild.cjs --log-level=error';
  run(consumer, `esbuild esm.mjs --bundle ${browser} ${out}`);
  run(consumer, 'node esbuild.cjs');
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
  run(consumer, 'node vite/main.mjs');
}

/** Training that is stopped, saved, and continued in another process, beside training that is not. */
export function resume(/** @type {string} */ consumer) {
  run(consumer, 'node resume.mjs 0 20 whole.json');
  run(consumer, 'node resume.mjs 0 8 half.json');
  run(consumer, 'node resume.mjs 8 20 resumed.json half.json');
  run(consumer, 'cmp whole.json resumed.json');
}
