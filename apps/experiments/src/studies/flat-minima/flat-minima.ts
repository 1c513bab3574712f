import type { Study } from '../../study.js';
import { arms, type Setting } from './arms.js';
import { test, tune } from './measure.js';
import { report } from './report.js';

/** SASP of the whole network in any model, compared with SAM and what costs as much. */
export const flatMinima: Study<Setting> = {
  name: 'flat-minima',
  title: 'Flat minima: SASP of the whole network in four kinds of models',
  seeds: { tuning: 2, test: 10 },
  arms,
  quick: ({ problem, course, ...setting }) => ({
    ...setting,
    problem: { ...problem, training: 100 },
    course: { ...course, epochs: 1 },
  }),
  tune,
  test,
  report,
};
