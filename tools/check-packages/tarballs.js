// The tarballs as they would be uploaded: packed, linted, and what their manifests make a user install.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { manifestOf, packages } from './packages.js';
import { problem, run } from './report.js';

/** @type {(target: string) => Promise<unknown>} */
export const pack = (target) =>
  Promise.all(packages.map(({ folder }) => run(folder, `pnpm pack --pack-destination ${target}`)));

/** @type {(tarballs: string) => Promise<unknown>} */
export const lint = (tarballs) =>
  Promise.all(
    readdirSync(tarballs).flatMap((tarball) => [
      run(tarballs, `publint run --strict ${tarball}`),
      run(tarballs, `attw --profile esm-only ${tarball}`),
    ]),
  );

const published = packages.map(({ manifest }) => manifest.name);
const peers = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'];
// What npm runs on a user's machine.
const installScripts = ['preinstall', 'install', 'postinstall', 'prepare'];

/** Of the installed packages: nothing comes along, and nothing runs. @type {(consumer: string) => void} */
export function checkManifests(consumer) {
  for (const name of published) {
    const manifest = manifestOf(join(consumer, 'node_modules', name));
    const { dependencies = {}, peerDependencies = {}, optionalDependencies = {} } = manifest;
    for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (!published.includes(dependency)) problem(`${name} depends on ${dependency}`);
    }
    for (const peer of Object.keys(peerDependencies)) {
      if (!peers.includes(peer)) problem(`${name} has the peer ${peer}`);
    }
    for (const script of installScripts.filter((script) => manifest.scripts?.[script])) {
      problem(`${name} has an install script, ${script}`);
    }
  }
}
