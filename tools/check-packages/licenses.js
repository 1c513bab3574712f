// Lists the licenses of everything that is installed here, and allows no others. Users get none of it: `checkManifests`.
import { execSync } from 'node:child_process';
import { problem } from './report.js';

/** None of them asks anything of those who use the packages: what has them is not part of what is published. */
const allowed = [
  '0BSD',
  'Apache-2.0',
  'Bitstream-Vera', // fonts
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-4.0', // what browsers know, in a tool
  'CC0-1.0', // icons
  'ISC',
  'MIT',
  'MPL-2.0', // of whole files, which are used as they are
  'OFL-1.1', // fonts
  'Python-2.0',
  'Unlicense',
];

/** Where the manifest does not name it, or not plainly. @type {Record<string, string>} */
const read = { 'dejavu-fonts-ttf': 'Bitstream-Vera', slick: 'MIT', spawndamnit: 'MIT' };

/** Names by license. */
function licenses() {
  // Optional ones are the same tools again, as binaries for one platform.
  const text = execSync('pnpm licenses list --recursive --no-optional --json', {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  /** @type {Record<string, { name: string }[]>} */
  const found = JSON.parse(text);
  /** @type {Map<string, Set<string>>} */
  const byLicense = new Map();
  for (const [license, dependencies] of Object.entries(found)) {
    for (const { name } of dependencies) {
      const known = read[name] ?? license;
      byLicense.set(known, (byLicense.get(known) ?? new Set()).add(name));
    }
  }
  return [...byLicense]
    .map(([license, names]) => ({ license, names: [...names].sort() }))
    .sort((a, b) => (a.license < b.license ? -1 : 1));
}

export function checkLicenses() {
  for (const { license, names } of licenses()) {
    console.log(`${license}, ${names.length}: ${names.join(', ')}`);
    // `A AND B` needs both, of `A OR B` one can be taken.
    const isAllowed = license
      .replaceAll(/[()]/g, '')
      .split(' OR ')
      .some((choice) => choice.split(' AND ').every((one) => allowed.includes(one)));
    if (!isAllowed) problem(`the license ${license} of ${names.join(', ')} is not allowed`);
  }
}
