import { schematics } from '../figures/schematic.js';
import { STUDIES } from '../studies.js';
import type { Figure, StudyResults } from '../study.js';
import type { Timing } from '../timing/measure.js';
import { timingSection } from '../timing/section.js';
import { page, type Reported } from './page.js';

/** What the studies found, by their names. */
export type Results = Record<string, StudyResults>;

/** RESULTS.md and all figures: what there are results of, in the order of the studies. */
export function reportOf(
  results: Results,
  times: readonly Timing[] | undefined,
): { markdown: string; figures: Figure[] } {
  const sections = STUDIES.flatMap(({ name, title, report }): Reported[] => {
    const found = results[name];
    return found ? [{ name, title, section: report(found) }] : [];
  });
  if (times !== undefined) {
    sections.push({ name: 'time', title: 'Time', section: timingSection(times) });
  }
  return {
    markdown: page(sections),
    figures: [...schematics(), ...sections.flatMap(({ section }) => section.figures)],
  };
}
