import * as tf from '@tensorflow/tfjs-core';
import { lossesOf, type Step, type Training } from './step.js';

/** L = (1 − v) ℓ₀ + v ℓ₁, the same v always: ½ is equal weights, 0 drops the noisy task. */
export function fixedWeights({ noisy }: { noisy: number }, training: Training): Step {
  return {
    take(batch) {
      training.optimizer.minimize(
        () => {
          const [clean, noise] = lossesOf(training, batch);
          return tf.add(tf.mul(1 - noisy, clean), tf.mul(noisy, noise));
        },
        false,
        training.network.params,
      );
      return 1 - noisy;
    },
  };
}
