import * as tf from '@tensorflow/tfjs-core';
import { lossesOf, type Step, type Training } from './step.js';

/**
 * Uncertainty weighting: the log variances of the tasks are learned too, by an Adam of their own.
 *
 *     L = Σ cₜ exp(−sₜ) ℓₜ + ½ sₜ,   c = ½ for a squared error, 1 for a cross-entropy,   s = 0 at first
 *
 * With the network held still, s goes to log(2 cₜ ℓₜ): the weight of a squared error goes to 1/(2 ℓₜ).
 *
 * @see Kendall, Gal and Cipolla, https://arxiv.org/abs/1705.07115
 */
export function uncertaintyWeighting({ rate }: { rate: number }, training: Training): Step {
  const { network, tasks, optimizer } = training;
  const factors = tasks.map(({ loss }) => (loss === 'squared error' ? 0.5 : 1));
  const s = tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R1>([2])));
  const ofVariances: tf.Optimizer = tf.train.adam(rate, 0.9, 0.999, 1e-7); // as the optimizer's
  const weights = () => tf.mul(factors, tf.exp(tf.neg(s)));
  return {
    take: (batch) =>
      tf.tidy(() => {
        const [clean, noisy] = weights().dataSync() as unknown as [number, number];
        const { grads } = tf.variableGrads(() => {
          const weighted = tf.sum(tf.mul(weights(), tf.stack(lossesOf(training, batch))));
          return tf.add(weighted, tf.mul(0.5, tf.sum(s))) as tf.Scalar;
        }, [...network.params, s]);
        ofVariances.applyGradients({ [s.name]: grads[s.name] as tf.Tensor });
        delete grads[s.name];
        optimizer.applyGradients(grads);
        return clean / (clean + noisy);
      }),
    dispose() {
      ofVariances.dispose();
      s.dispose();
    },
  };
}
