import { alignment } from './studies/alignment/study.js';
import { composite } from './studies/composite/composite.js';
import { correspondence } from './studies/correspondence/correspondence.js';
import { decay } from './studies/decay/decay.js';
import { flatMinima } from './studies/flat-minima/flat-minima.js';
import { multiTask } from './studies/multi-task/multi-task.js';
import { robustness } from './studies/robustness/robustness.js';
import { sharpness } from './studies/sharpness/sharpness.js';
import type { Json, Study } from './study.js';

/** In the order of the report. */
export const STUDIES = [
  sharpness,
  decay,
  multiTask,
  robustness,
  alignment,
  composite,
  correspondence,
  flatMinima,
] as unknown as readonly Study<Json>[];

export function studyOf(name: string): Study<Json> {
  const study = STUDIES.find((candidate) => candidate.name === name);
  if (study === undefined) {
    const names = STUDIES.map((candidate) => candidate.name).join(', ');
    throw new Error(`experiments: expected one of ${names}. Received: ${name}`);
  }
  return study;
}
