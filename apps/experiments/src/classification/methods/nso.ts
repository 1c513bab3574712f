import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import { at, plus, scaled } from '../direction.js';
import { descend, gradient } from './sam.js';
import type { Step, Training } from './step.js';

/**
 * Noise-stability optimization: the mean of the gradients at θ + U and θ − U, U ~ N(0, σ² I), applied at θ.
 *
 * @see Zhang et al., https://arxiv.org/abs/2306.08553
 */
export function nso({ sigma }: { sigma: number }, training: Training): Step {
  const { network, seed } = training;
  const { normal } = random(seed, 'noise of the weights');
  return {
    take: (batch) =>
      tf.tidy(() => {
        const noise = network.params.map(({ size, shape }) =>
          tf.tensor(
            Float32Array.from({ length: size }, () => sigma * normal()),
            shape,
          ),
        );
        const there = at(network, noise, () => gradient(training, batch));
        const opposite = at(network, scaled(-1, noise), () => gradient(training, batch));
        descend(training, scaled(0.5, plus(there, opposite)));
      }),
  };
}
