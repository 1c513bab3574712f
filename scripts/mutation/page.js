// The tables of docs/mutation.md, between two comments, from the record and the reasons.
import { readFileSync, writeFileSync } from 'node:fs';
import { explained } from './reasons.js';
import { PACKAGES, readRecord } from './record.js';

/** @typedef {import('./record.js').Counts} Counts */

const PAGE = new URL('../../docs/mutation.md', import.meta.url);
const GENERATED = /(?<=<!-- generated -->\n)[\s\S]*(?=<!-- end -->)/;

export async function writePage() {
  writeFileSync(PAGE, await written());
}

/** Throws where the page is not what the record gives. */
export async function checkPage() {
  if (readFileSync(PAGE, 'utf8') !== (await written())) {
    throw new Error(
      'docs/mutation.md differs from docs/mutation.json: `pnpm mutation --report` writes it.',
    );
  }
}

async function written() {
  const page = readFileSync(PAGE, 'utf8');
  const tables = `\n${packagesTable()}\n\n${await reasonsTable()}\n\n`;
  return page.replace(GENERATED, () => tables);
}

function packagesTable() {
  const record = readRecord();
  const names = PACKAGES.filter((name) => record[name] !== undefined);
  const rows = names.map((name) => row(`\`${name}\``, /** @type {Counts} */ (record[name])));
  return [
    '| package | faults | a test fails | on another backend only | endless | survived | never run | score (%) |',
    '| --- | --: | --: | --: | --: | --: | --: | --: |',
    ...rows,
    row('all', sum(names.map((name) => /** @type {Counts} */ (record[name])))),
  ].join('\n');
}

function row(/** @type {string} */ name, /** @type {Omit<Counts, 'survivors'>} */ counts) {
  const { killed, elsewhere, timeout, survived, uncovered } = counts;
  const found = killed + elsewhere + timeout;
  const faults = found + survived + uncovered;
  const cells = [
    name,
    faults,
    killed,
    elsewhere,
    timeout,
    survived,
    uncovered,
    ((100 * found) / faults).toFixed(1),
  ];
  return `| ${cells.join(' | ')} |`;
}

function sum(/** @type {Counts[]} */ all) {
  const of = (
    /** @type {'killed' | 'elsewhere' | 'timeout' | 'survived' | 'uncovered' | 'ignored'} */ key,
  ) => all.reduce((total, counts) => total + counts[key], 0);
  return {
    killed: of('killed'),
    elsewhere: of('elsewhere'),
    timeout: of('timeout'),
    survived: of('survived'),
    uncovered: of('uncovered'),
    ignored: of('ignored'),
  };
}

async function reasonsTable() {
  const ignored = sum(Object.values(readRecord())).ignored;
  const rows = (await explained()).flatMap(({ name, reasons, open }) => [
    ...reasons.map(({ because, explains }) => `| \`${name}\` | ${explains.length} | ${because} |`),
    ...(open.length > 0 ? [`| \`${name}\` | ${open.length} | Not explained yet. |`] : []),
  ]);
  return [
    `Another ${ignored} faults were left out, since they are in what is computed once, when a module is loaded.`,
    '',
    '| package | survived | why |',
    '| --- | --: | --- |',
    ...rows,
  ].join('\n');
}
