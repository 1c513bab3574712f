import type { Setting } from '../../classification/setting.js';
import type { Study } from '../../study.js';
import { arms } from './arms.js';
import { test, tune } from './measure.js';
import { report } from './report.js';

export const robustness: Study<Setting> = {
  name: 'robustness',
  title: 'Robustness to noise at the input',
  arms,
  quick: ({ task, method }) => ({ task: { ...task, epochs: 2 }, method }),
  tune,
  test,
  report,
};
