import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { png } from '../figures/png.js';
import { schematics } from '../figures/schematic.js';
import { STUDIES } from '../studies.js';
import type { StudyResults } from '../study.js';
import type { Timing } from '../timing/measure.js';
import { timingSection } from '../timing/section.js';
import { page, type Reported } from './page.js';

/** What the studies found, by their names. */
export type Results = Record<string, StudyResults>;

export function readResults(folder: URL): Results {
  const file = new URL('results.json', folder);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

export function writeResults(folder: URL, results: Results): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL('results.json', folder), serialize(results));
}

/** RESULTS.md and its figures, from the results alone. */
export function writeReport(folder: URL, results: Results): void {
  const figures = new URL('figures/', folder);
  mkdirSync(figures, { recursive: true });
  const times = new URL('times.json', folder);
  const sections = [
    ...STUDIES.filter(({ name }) => results[name]).map(
      (study): Reported => ({
        name: study.name,
        title: study.title,
        section: study.report(results[study.name] as StudyResults),
      }),
    ),
    ...(existsSync(times) ? [timed(JSON.parse(readFileSync(times, 'utf8')))] : []),
  ];
  const drawn = sections.flatMap(({ section }) => section.figures);
  for (const { name, svg } of [...schematics(), ...drawn]) {
    writeFileSync(new URL(`${name}.svg`, figures), `${svg}\n`);
    writeFileSync(new URL(`${name}.png`, figures), png(svg));
  }
  writeFileSync(new URL('RESULTS.md', folder), page(sections));
}

const timed = (timings: Timing[]): Reported => ({
  name: 'time',
  title: 'Time',
  section: timingSection(timings),
});

/** Apart from the results, as they differ between machines. */
export function writeTimes(folder: URL, timings: readonly Timing[]): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL('times.json', folder), `${JSON.stringify(timings, undefined, 2)}\n`);
}

/** A line for each arm: differences between two runs of everything can be read. */
function serialize(results: Results): string {
  const studies = STUDIES.filter(({ name }) => results[name]).map(({ name }) => {
    const arms = results[name]?.map((arm) => JSON.stringify(arm)).join(',\n');
    return `${JSON.stringify(name)}: [\n${arms}\n]`;
  });
  return `{\n${studies.join(',\n')}\n}\n`;
}
