import { accuracyOf, crossEntropyOf } from '../../classification/metrics.js';
import { setsOf } from '../../classification/problem.js';
import { fit, type Trained } from '../../classification/training.js';
import type { Measurements } from '../../study.js';
import type { Setting } from './arms.js';
import { type Model, predicting } from './models/model.js';
import { modelOf } from './models.js';

export const tune = (setting: Setting, seed: number): { criterion: number } =>
  trained(setting, seed, ({ network, sets }) => ({
    criterion: crossEntropyOf(predicting(network, sets.training.x), sets.validation),
  }));

/** At the end; for the plain arm also after the epoch of the least validation cross-entropy. */
export function test(setting: Setting, seed: number): Measurements {
  let least = Number.POSITIVE_INFINITY;
  let stopped: Measurements = {};
  const watch = ({ network, sets }: Trained<Model>, epoch: number) => {
    const predictor = predicting(network, sets.training.x);
    const validation = crossEntropyOf(predictor, sets.validation);
    if (validation < least) {
      least = validation;
      const { crossEntropy, accuracy } = tested({ network, sets });
      stopped = { stoppedCrossEntropy: crossEntropy, stoppedAccuracy: accuracy, stoppedAt: epoch };
    }
  };
  const isPlain = setting.method.name === 'plain';
  const measured = trained(
    setting,
    seed,
    ({ network, sets }): Measurements => ({
      ...tested({ network, sets }),
      trainingCrossEntropy: crossEntropyOf(predicting(network, sets.training.x), sets.training),
    }),
    (epoch, trained) => isPlain && watch(trained, epoch),
  );
  return { ...measured, ...stopped };
}

function tested({ network, sets }: Trained<Model>): { crossEntropy: number; accuracy: number } {
  const predictor = predicting(network, sets.training.x);
  return {
    crossEntropy: crossEntropyOf(predictor, sets.test),
    accuracy: accuracyOf(predictor, sets.test),
  };
}

function trained<Measured>(
  { model, problem, course, method }: Setting,
  seed: number,
  measure: (trained: Trained<Model>) => Measured,
  observe?: (epoch: number, trained: Trained<Model>) => void,
): Measured {
  const sets = setsOf(problem, seed);
  return fit({ network: modelOf(model, seed), sets }, course, method, seed, measure, observe);
}
