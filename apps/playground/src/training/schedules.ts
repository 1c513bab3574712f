import type * as tf from '@tensorflow/tfjs-core';
import type { Settings } from '../settings/table.js';

/** The share of a run over which λ rises: at its full value, a network that has learned nothing yet may collapse. */
export const WARM_UP = 0.2;

/** λ at each step: it rises linearly to its value, and stays there. */
export const risingTo =
  (lambda: number, steps: number) =>
  (step: number): number =>
    lambda * Math.min(1, (step + 1) / (WARM_UP * steps));

/** η at a step: constant, or falling linearly to 0 at the end of the run. */
export const rateAt = (
  { rate, schedule, steps }: Pick<Settings, 'rate' | 'schedule' | 'steps'>,
  step: number,
): number => (schedule === 'falling' ? rate * (1 - step / steps) : rate);

/** tfjs lets the rate of SGD be set by a method, and that of Adam by its property, which its types hide. */
export function setRate(optimizer: tf.Optimizer, rate: number): void {
  if ('setLearningRate' in optimizer) {
    (optimizer as tf.SGDOptimizer).setLearningRate(rate);
  } else {
    (optimizer as unknown as { learningRate: number }).learningRate = rate;
  }
}
