import type { Setting } from '../../classification/setting.js';
import { train } from '../../classification/training.js';
import { mean } from '../../statistics/mean.js';
import type { Measurements } from '../../study.js';
import { underNoise } from './noise.js';

/** The criterion is the error on validation images, the mean over all levels of noise: what is wanted of the arms. */
export const tune = ({ task, method }: Setting, seed: number): { criterion: number } =>
  train(task, method, seed, ({ network, sets }) => ({
    criterion: 1 - mean(underNoise(network, sets.validation, seed, 'validation noise').accuracy),
  }));

export const test = ({ task, method }: Setting, seed: number): Measurements =>
  train(task, method, seed, ({ network, sets }) => {
    const { accuracy, crossEntropy } = underNoise(network, sets.test, seed, 'test noise');
    const [accuracyClean, ...noisy] = accuracy as [number, ...number[]];
    const [crossEntropyClean, ...noisyCrossEntropy] = crossEntropy as [number, ...number[]];
    return {
      accuracy,
      crossEntropy,
      accuracyClean,
      accuracyNoisy: mean(noisy),
      crossEntropyClean,
      crossEntropyNoisy: mean(noisyCrossEntropy),
    };
  });
