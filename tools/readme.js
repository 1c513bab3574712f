// Writes the table of penalties in README.md from the manifests; with `--check` it only says whether the table is current.
import { readFileSync, writeFileSync } from 'node:fs';
import { packages } from './check-packages/packages.js';

const page = 'README.md';
const text = readFileSync(page, 'utf8');

/** The head of the table, and its rows. */
const table = /(?<=^\| penalty \|.*\n\| --- .*\n)(\|.*\n)+/m;
const [written = ''] = table.exec(text) ?? [];

/** `NAME, the name spelled out: what it does, for TensorFlow.js.` */
const description = /^(?<short>\w+), (?<full>[^:]+): (?<does>.+), for TensorFlow\.js\.$/;

const rows = packages.flatMap(({ folder, manifest }) => {
  const { penalty } = manifest;
  if (penalty === undefined) return [];
  const { short, full, does } = description.exec(manifest.description)?.groups ?? {};
  if (short === undefined) {
    throw new Error(
      `${folder}/package.json: expected a description like "SASP, spectral-aware sharpness penalty: flattens the minimum, for TensorFlow.js." Received: ${JSON.stringify(manifest.description)}.`,
    );
  }
  return [`| [${short}](${folder}), ${full} | ${does} | ${penalty.use} | ${penalty.time} |\n`];
});

/** Rows keep their order; a new one comes last. */
const place = (/** @type {string} */ row) => {
  const index = written.indexOf(/\(packages\/\w+\)/.exec(row)?.[0] ?? '');
  return index === -1 ? Number.POSITIVE_INFINITY : index;
};
const current = rows.sort((a, b) => place(a) - place(b) || 0).join('');

if (current !== written) {
  if (process.argv.includes('--check')) {
    console.error(`The table of penalties in ${page} is not current: npx -y pnpm@12.21.0 format`);
    process.exit(1);
  }
  writeFileSync(page, text.replace(table, current));
}
