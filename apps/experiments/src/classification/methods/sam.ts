import * as tf from '@tensorflow/tfjs-core';
import { at, type Direction, normOf, scaled } from '../direction.js';
import type { Examples } from '../problem.js';
import { crossEntropy, type Step, type Training } from './step.js';

/**
 * Sharpness-aware minimization: the gradient at θ + ρ g/‖g‖, applied at θ.
 *
 * @see Foret et al., https://arxiv.org/abs/2010.01412
 */
export const sam = ({ rho }: { rho: number }, training: Training): Step => ({
  take: (batch) =>
    tf.tidy(() => {
      const ascent = scaled(rho, normalized(gradient(training, batch)));
      descend(
        training,
        at(training.network, ascent, () => gradient(training, batch)),
      );
    }),
});

/** Of the cross-entropy. */
export function gradient({ network }: Training, batch: Examples): Direction {
  const { grads } = tf.variableGrads(() => crossEntropy(network, batch), network.params);
  return network.params.map(({ name }) => grads[name] as tf.Tensor);
}

export const normalized = (d: Direction): Direction =>
  scaled(tf.div(1, tf.add(normOf(d), 1e-12)), d);

/** A step of the optimizer, as if g were the gradient. */
export function descend({ network: { params }, optimizer }: Training, g: Direction): void {
  optimizer.applyGradients(
    Object.fromEntries(params.map(({ name }, k) => [name, g[k] as tf.Tensor])),
  );
}
