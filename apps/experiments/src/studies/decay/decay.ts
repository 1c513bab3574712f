import { accuracyOf, crossEntropyOf } from '../../classification/metrics.js';
import { kernelNorm } from '../../classification/norm.js';
import type { Setting } from '../../classification/setting.js';
import { train } from '../../classification/training.js';
import type { Study } from '../../study.js';
import { arms } from './arms.js';
import { report } from './report.js';

/** The validation error chooses: the claim is one about accuracy. */
export const decay: Study<Setting> = {
  name: 'decay',
  title: 'Decay: the gates, and how large λ may be',
  arms,
  quick: ({ task, method }) => ({ task: { ...task, epochs: 1 }, method }),
  tune: ({ task, method }, seed) =>
    train(task, method, seed, ({ network, sets }) => {
      const accuracy = accuracyOf(network, sets.validation);
      return {
        criterion: 1 - accuracy,
        accuracy,
        crossEntropy: crossEntropyOf(network, sets.validation),
        norm: kernelNorm(network),
      };
    }),
  test: ({ task, method }, seed) =>
    train(task, method, seed, ({ network, sets }) => ({
      accuracy: accuracyOf(network, sets.test),
      crossEntropy: crossEntropyOf(network, sets.test),
      trainingCrossEntropy: crossEntropyOf(network, sets.training),
      norm: kernelNorm(network),
    })),
  report,
};
