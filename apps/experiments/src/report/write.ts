import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { STUDIES } from '../studies.js';
import type { Timing } from '../timing/measure.js';
import { type Results, reportOf } from './report.js';

export function readResults(folder: URL): Results {
  const file = new URL('results.json', folder);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

export function writeResults(folder: URL, results: Results): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL('results.json', folder), serialize(results));
}

/** RESULTS.md and its figures, from the results and the times that the folder has. */
export function writeReport(folder: URL): void {
  const { markdown, figures } = reportOf(readResults(folder), readTimes(folder));
  const drawn = new URL('figures/', folder);
  mkdirSync(drawn, { recursive: true });
  for (const { name, svg } of figures) {
    writeFileSync(new URL(`${name}.svg`, drawn), `${svg}\n`);
  }
  writeFileSync(new URL('RESULTS.md', folder), markdown);
}

/** Apart from the results, as they differ between machines. Those of other networks stay. */
export function writeTimes(folder: URL, timings: readonly Timing[]): void {
  const measured = new Set(timings.map(({ network }) => network));
  const others = (readTimes(folder) ?? []).filter(({ network }) => !measured.has(network));
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify([...others, ...timings], undefined, 2);
  writeFileSync(new URL('times.json', folder), `${text}\n`);
}

export const readTimes = (folder: URL): Timing[] | undefined => {
  const file = new URL('times.json', folder);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
};

/** A line for each arm: differences between two runs of everything can be read. */
function serialize(results: Results): string {
  const studies = STUDIES.filter(({ name }) => results[name]).map(({ name }) => {
    const arms = results[name]?.map((arm) => JSON.stringify(arm)).join(',\n');
    return `${JSON.stringify(name)}: [\n${arms}\n]`;
  });
  return `{\n${studies.join(',\n')}\n}\n`;
}
