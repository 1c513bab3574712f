import type { Setting } from '../../classification/setting.js';
import type { Study } from '../../study.js';
import { arms } from './arms.js';
import { test, tune } from './measure.js';
import { report } from './report.js';

export const sharpness: Study<Setting> = {
  name: 'sharpness',
  title: 'Sharpness: SASP and its peers, with and without label noise',
  arms,
  quick: ({ task, method }) => ({ task: { ...task, epochs: Math.min(task.epochs, 2) }, method }),
  tune,
  test,
  report,
};
