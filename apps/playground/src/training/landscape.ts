import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import type { Batch } from './arm.js';
import type { Network } from './network.js';
import { crossEntropy } from './scores.js';

/** Raw directions, the same for both networks and all along the training; the caller owns them. */
export function directionOf({ params }: Network, seed: number): tf.Tensor[] {
  const { normal } = random(seed, 'direction');
  return params.map(({ shape, size }) =>
    tf.tensor(Float32Array.from({ length: size }, normal), shape),
  );
}

/**
 * The direction in the units of the network: every neuron's incoming weights get the length of the network's
 * own, and biases stay. Two networks that compute the same with weights of another scale then have the same
 * slice.
 *
 *     d ← d ‖θ‖ / ‖d‖, column by column
 *
 * @see H. Li et al., Visualizing the Loss Landscape of Neural Nets, 2018, arXiv:1712.09913.
 */
export function inUnitsOf({ params }: Network, direction: readonly tf.Tensor[]): tf.Tensor[] {
  return params.map((theta, k) =>
    tf.tidy(() => {
      const d = direction[k] as tf.Tensor;
      return theta.rank < 2
        ? tf.zerosLike(theta)
        : tf.mul(d, tf.div(tf.norm(theta, 2, 0, true), tf.norm(d, 2, 0, true)));
    }),
  );
}

/** The loss at θ + t d for each t, without moving the network. */
export async function slice(
  network: Network,
  { x, oneHot }: Batch,
  direction: readonly tf.Tensor[],
  ts: readonly number[],
): Promise<number[]> {
  const losses = tf.tidy(() => {
    const d = inUnitsOf(network, direction);
    return tf.stack(
      ts.map((t) =>
        tf.tidy(() => {
          const weights = network.params.map((theta, k) =>
            tf.add(theta, tf.mul(t, d[k] as tf.Tensor)),
          );
          return crossEntropy(oneHot, network.forwardAt(weights, x).logits);
        }),
      ),
    );
  });
  const values = await losses.data();
  losses.dispose();
  return [...values];
}
