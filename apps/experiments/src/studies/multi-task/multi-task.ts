import type { Study } from '../../study.js';
import { arms, type Setting } from './arms.js';
import { accuracyOf, errorOf, inParts } from './metrics.js';
import { report } from './report.js';
import { train } from './training.js';

/** How many points the weights over time have. */
const POINTS = 20;

export const multiTask: Study<Setting> = {
  name: 'multi-task',
  title: 'Multi-task: a clean task and a noisy one',
  arms,
  quick: ({ task, method }) => ({ task: { ...task, epochs: 2 }, method }),
  tune: ({ task, method }, seed) =>
    train(task, method, seed, ({ network, sets }) => ({
      criterion: errorOf(0, network, sets, sets.validation),
    })),
  test: ({ task, method }, seed) =>
    train(task, method, seed, ({ network, sets, shares }) => ({
      error: errorOf(0, network, sets, sets.test),
      ...(sets.tasks[0].loss === 'cross-entropy' && { accuracy: accuracyOf(network, sets.test) }),
      noisyError: errorOf(1, network, sets, sets.test),
      training: errorOf(0, network, sets, sets.training),
      noisyTraining: errorOf(1, network, sets, sets.training),
      share: inParts(shares, POINTS),
    })),
  report,
};
