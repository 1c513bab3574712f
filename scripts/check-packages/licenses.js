// The licenses of everything that is installed here, and the little of it that users get.
import { execSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { packages } from './packages.js';
import { problem } from './report.js';

const page = 'LICENSES.md';

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

/** @type {(names: object | undefined) => string} */
const list = (names = {}) =>
  Object.keys(names)
    .map((name) => `\`${name}\``)
    .join(', ') || 'none';

/** @type {(found: ReturnType<typeof licenses>) => string} */
const text = (found) => `# Licenses

The packages are under the [MIT license](LICENSE). Written by \`pnpm check:packages --write\`; \`pnpm check:packages\` fails
where it is no longer true, or a license is not among the allowed ones.

## What users get

A package installs no other than its own kind, and needs TensorFlow.js, which the app has (Apache-2.0).

| package | dependencies | peers |
| ------- | ------------ | ----- |
${packages
  .map(({ manifest: { name, dependencies, peerDependencies } }) => {
    return `| \`${name}\` | ${list(dependencies)} | ${list(peerDependencies)} |\n`;
  })
  .join('')}
\`@toploss/core/gradients\` is for Node a bundle of parts of \`@tensorflow/tfjs-core\` and \`long\` (Apache-2.0) and
\`seedrandom\` (MIT), with their notices in the package ([NOTICE](packages/core/NOTICE)).

## What builds, tests and measures them

Installed in the repository only.
${found.map(({ license, names }) => `\n### ${license}\n\n${names.map((name) => `- ${name}\n`).join('')}`).join('')}`;

export function writeLicenses() {
  writeFileSync(page, text(licenses()));
}

export function checkLicenses() {
  const found = licenses();
  for (const { license, names } of found) {
    console.log(`${String(names.length).padStart(4)} ${license}`);
    // `A AND B` needs both, of `A OR B` one can be taken.
    const isAllowed = license
      .replaceAll(/[()]/g, '')
      .split(' OR ')
      .some((choice) => choice.split(' AND ').every((one) => allowed.includes(one)));
    if (!isAllowed) problem(`the license ${license} of ${names.join(', ')} is not allowed`);
  }
  if (readFileSync(page, 'utf8') !== text(found)) {
    problem(`${page} is not current: pnpm check:packages --write`);
  }
}
