// The packages that are published.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {Record<string, string>} Versions
 * @typedef {{
 *   name: string, version: string, private?: boolean, exports: Record<string, object>, scripts?: Versions,
 *   dependencies?: Versions, peerDependencies?: Versions, optionalDependencies?: Versions,
 * }} Manifest
 */

/** @type {(folder: string) => Manifest} */
export const manifestOf = (folder) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

export const packages = readdirSync('packages', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => join('packages', name))
  .map((folder) => ({ folder, manifest: manifestOf(folder) }))
  .filter(({ manifest }) => !manifest.private);
