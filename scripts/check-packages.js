// Checks the built packages as their users get them: packs them, lints the tarballs, installs these
// with npm into an empty folder, and there loads every entry point and computes a gradient.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @typedef {{ name: string, private?: boolean, exports: object }} Manifest */

/** @type {string[]} */
const failures = [];

/** @type {(folder: string, command: string) => void} */
function run(folder, command) {
  console.log(`\n$ ${command}`);
  const { status } = spawnSync(command, { cwd: folder, shell: true, stdio: 'inherit' });
  if (status !== 0) failures.push(command);
}

const packages = readdirSync('packages')
  .map((name) => join('packages', name))
  .map((folder) => {
    /** @type {Manifest} */
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return { folder, manifest };
  })
  .filter(({ manifest }) => !manifest.private);

const consumer = mkdtempSync(join(tmpdir(), 'toploss-'));
const tarballs = join(consumer, 'tarballs');
mkdirSync(tarballs);
for (const { folder } of packages) run(folder, `pnpm pack --pack-destination ${tarballs}`);
for (const tarball of readdirSync(tarballs)) {
  run(tarballs, `publint run --strict ${tarball}`);
  run(tarballs, `attw --profile esm-only ${tarball}`);
}

const tfjs = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'];
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
function writeScript(file, tf, load) {
  writeFileSync(
    join(consumer, file),
    [tf, ...[...tfjs, ...entries].map(load), gradient].join('\n'),
  );
}
writeScript('esm.mjs', `import * as tf from '${tfjs[0]}';`, (module) => `import '${module}';`);
writeScript('cjs.cjs', `const tf = require('${tfjs[0]}');`, (module) => `require('${module}');`);

writeFileSync(join(consumer, 'package.json'), '{}');
const install = 'npm install --no-audit --no-fund --loglevel=error';
const peers = [...tfjs, '@tensorflow/tfjs'].map((name) => `${name}@4`).join(' ');
run(consumer, `${install} ./tarballs/* ${peers}`);
run(consumer, 'node esm.mjs');
run(consumer, 'node cjs.cjs');
// What a bundler makes of them for browsers runs in Node too, where tfjs takes it for a browser's worker.
const worker = '--define:process.versions=undefined --banner:js="var WorkerGlobalScope = true;"';
const browser = `--bundle ${worker} --outfile=bundle.cjs`;
run(consumer, `esbuild esm.mjs ${browser} --log-level=error`);
run(consumer, 'node bundle.cjs');

// The first example of the README as it stands, which trains by `model.fit`.
const [, example = ''] = /```js\n(.*?)```/s.exec(readFileSync('README.md', 'utf8')) ?? [];
writeFileSync(join(consumer, 'readme.mjs'), example);
run(consumer, 'grep @toploss/layers readme.mjs');
run(consumer, 'node readme.mjs');

// Training that is stopped, saved, and continued in another process, beside training that is not.
cpSync('scripts/resume.mjs', join(consumer, 'resume.mjs'));
run(consumer, 'node resume.mjs 0 20 whole.json');
run(consumer, 'node resume.mjs 0 8 half.json');
run(consumer, 'node resume.mjs 8 20 resumed.json half.json');
run(consumer, 'cmp whole.json resumed.json');
rmSync(consumer, { recursive: true });

for (const command of failures) console.error(`failed: ${command}`);
process.exitCode = failures.length && 1;
