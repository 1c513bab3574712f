// The versions of TensorFlow.js that the peer ranges allow: the oldest, one in the middle and the newest train the same,
// in Node and from a bundle.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillConsumer } from './consumer.js';
import { manifestOf, packages } from './packages.js';
import { problem, run } from './report.js';
import { checkTypesOf } from './types.js';

export const [oldest, middle, newest] = /** @type {const} */ (['4.0.0', '4.17.0', '4.22.0']);

/** Every manifest asks for what is run here, and the repository is built with the newest of it. */
export function checkRanges() {
  const template = { manifest: manifestOf('tools/template') };
  for (const { manifest } of [...packages, template]) {
    for (const [peer, range] of Object.entries(manifest.peerDependencies ?? {})) {
      if (range !== `^${oldest}`) problem(`${manifest.name} has the peer ${peer} ${range}`);
    }
  }
  const catalog = readFileSync('pnpm-workspace.yaml', 'utf8');
  for (const [, name, version] of catalog.matchAll(/^ +"(@tensorflow\/.+)": (.+)$/gm)) {
    if (version !== newest) problem(`the catalog has ${name} ${version}, not ${newest}`);
  }
}

/** An app that has an older tfjs, where the packages are installed then. @type {(consumer: string, version: string) => Promise<string>} */
async function installOlder(consumer, version) {
  const app = join(consumer, `tfjs-${version}`);
  mkdirSync(app);
  fillConsumer(app);
  const tfjs = ['tfjs', 'tfjs-backend-wasm'].map((name) => `@tensorflow/${name}@${version}`);
  const install = 'npm install --no-audit --no-fund --loglevel=error';
  await run(app, `${install} ${tfjs.join(' ')} && ${install} ../tarballs/*`);
  return app;
}

/** @type {(consumer: string) => Promise<void>} */
export async function checkPeers(consumer) {
  const apps = [oldest, middle].map((version) => installOlder(consumer, version));
  await Promise.all([
    train(consumer),
    ...apps.map(async (installed, k) => {
      const app = await installed;
      await Promise.all([
        run(app, 'node esm.mjs'),
        run(app, 'node example.mjs'),
        ...(k === 0 ? [checkTypesOf(app)] : []),
        train(app),
      ]);
    }),
  ]);
  for (const app of await Promise.all(apps)) {
    for (const out of ['node.json', 'bundle.json']) {
      compare(join(app, out), join(consumer, 'node.json'));
    }
  }
  compare(join(consumer, 'bundle.json'), join(consumer, 'node.json'));
}

/** @type {(app: string) => Promise<unknown>} */
const train = (app) =>
  Promise.all([
    run(app, 'node train.mjs node.json cpu wasm'),
    bundleAndTrain(app, 'bundle', 'cpu wasm'),
  ]);

// As for a browser; a bundle that is run in Node, where tfjs takes it for a browser's worker.
const browser = '--define:process.versions=undefined --banner:js="var WorkerGlobalScope = true;"';

/** @type {(app: string, name: string, backends: string, flags?: string, node?: string) => Promise<void>} */
export async function bundleAndTrain(app, name, backends, flags = '', node = 'node') {
  const esbuild = `esbuild train.mjs --bundle --format=esm --external:node:* ${browser} ${flags}`;
  const [bundle, out] = [`${name}.mjs`, `${name}.json`];
  await run(
    app,
    `${esbuild} --outfile=${bundle} --log-level=error && ${node} ${bundle} ${out} ${backends}`,
    120,
  );
}

/** The same numbers, to what float32 rounds. @type {(file: string, reference: string) => void} */
export function compare(file, reference) {
  const [actual, expected] = [file, reference].map(
    /** @returns {Record<string, number[]>} */
    (file) => JSON.parse(readFileSync(file, 'utf8')),
  );
  for (const [name, numbers] of Object.entries(actual ?? {})) {
    const wanted = expected?.[name] ?? [];
    const errors = numbers.map((x, k) => {
      const y = wanted[k] ?? Number.NaN;
      return Math.abs(x - y) / Math.max(1, Math.abs(y));
    });
    const error = Math.max(...errors);
    console.log(`${file}: ${name}, ${numbers.length} numbers, largest difference ${error}`);
    if (!(error <= 1e-5) || numbers.length !== wanted.length) {
      problem(`${file}: ${name} is off by ${error}, ${numbers.length} of ${wanted.length} numbers`);
    }
  }
}
