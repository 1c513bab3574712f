// The tables of docs/mutation.md, between two comments, from the record and the reasons.
import { readFileSync, writeFileSync } from 'node:fs';
import { REASONS, reasonFor } from './reasons.js';
import { PACKAGES, readRecord } from './record.js';

/** @typedef {import('./record.js').Counts} Counts */
/** @typedef {import('./record.js').Survivor} Survivor */

const PAGE = new URL('../../docs/mutation.md', import.meta.url);
const GENERATED = /(?<=<!-- generated -->\n)[\s\S]*(?=<!-- end -->)/;

export function writePage() {
  writeFileSync(PAGE, written());
}

/** Throws where the page is not what the record gives. */
export function checkPage() {
  if (readFileSync(PAGE, 'utf8') !== written()) {
    throw new Error(
      'docs/mutation.md differs from docs/mutation.json: `pnpm mutation --report` writes it.',
    );
  }
}

const allSurvivors = () =>
  Object.entries(readRecord()).flatMap(([name, { survivors }]) =>
    survivors.map((survivor) => ({ ...survivor, file: `${name}/${survivor.file}` })),
  );

function written() {
  const page = readFileSync(PAGE, 'utf8');
  return page.replace(GENERATED, () => `\n${packagesTable()}\n\n${reasonsTable()}\n\n`);
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

function reasonsTable() {
  const survivors = allSurvivors();
  const ignored = sum(Object.values(readRecord())).ignored;
  const rows = REASONS.map(({ title, because }) => {
    const ours = survivors.filter((survivor) => reasonFor(survivor)?.title === title);
    return `| ${title} | ${ours.length} | ${because} |`;
  });
  return [
    `Another ${ignored} faults were left out, since they are in what is computed once, when a module is loaded.`,
    '',
    '| what survived | faults | why |',
    '| --- | --: | --- |',
    ...rows,
    `| open | ${survivors.filter((survivor) => !reasonFor(survivor)).length} | Not explained yet. |`,
  ].join('\n');
}
