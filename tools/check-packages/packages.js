// The packages that are published.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {Record<string, string>} Versions
 * @typedef {{
 *   name: string, version: string, description: string, penalty?: { use: string, time: string }, exports: Record<string, object>,
 *   scripts?: Versions,
 *   dependencies?: Versions, peerDependencies?: Versions, optionalDependencies?: Versions,
 * }} Manifest
 */

/** @type {(folder: string) => Manifest} */
export const manifestOf = (folder) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

export const packages = readdirSync('packages')
  .map((name) => join('packages', name))
  .filter((folder) => existsSync(join(folder, 'package.json'))) // not what another branch has left there
  .map((folder) => ({ folder, manifest: manifestOf(folder) }));
