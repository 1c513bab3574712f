import { accuracyOf, crossEntropyOf, temperatureScaled } from '../../classification/metrics.js';
import type { Setting } from '../../classification/setting.js';
import { train } from '../../classification/training.js';
import type { Study } from '../../study.js';
import { arms } from './arms.js';
import { report } from './report.js';

export const composite: Study<Setting> = {
  name: 'composite',
  title: 'Composite: the penalties alone and together',
  arms,
  quick: ({ task, method }) => ({ task: { ...task, epochs: 1 }, method }),
  tune: ({ task, method }, seed) =>
    train(task, method, seed, ({ network, sets }) => ({
      criterion: crossEntropyOf(network, sets.validation),
      accuracy: accuracyOf(network, sets.validation),
    })),
  test: ({ task, method }, seed) =>
    train(task, method, seed, ({ network, sets }) => ({
      accuracy: accuracyOf(network, sets.test),
      crossEntropy: crossEntropyOf(network, sets.test),
      scaledCrossEntropy: temperatureScaled(network, sets).crossEntropy,
      trainingCrossEntropy: crossEntropyOf(network, sets.training),
    })),
  report,
};
