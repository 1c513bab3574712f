import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import { at, type Direction, plus, scaled } from './direction.js';
import { crossEntropyOf } from './metrics.js';
import type { Network } from './network.js';
import type { Examples } from './problem.js';

/** From −1 to 1; at 1 every neuron has moved by its own length. */
export const steps = (count: number): number[] =>
  Array.from({ length: count }, (_, k) => (2 * k) / (count - 1) - 1);

export const LINE = steps(21);
export const PLANE = steps(15);

/** The loss at θ + t d for the t of LINE. */
export const lossAlongLine = (network: Network, examples: Examples, seed: number): number[] =>
  tf.tidy(() => {
    const d = filterNormalized(network, seed, 'line');
    return LINE.map((t) =>
      tf.tidy(() => at(network, scaled(t, d), () => crossEntropyOf(network, examples))),
    );
  });

/** The loss at θ + s d + t e, row by row: t runs over PLANE, and for each t so does s. */
export const lossOnPlane = (network: Network, examples: Examples, seed: number): number[] =>
  tf.tidy(() => {
    const d = filterNormalized(network, seed, 'plane, across');
    const e = filterNormalized(network, seed, 'plane, up');
    return PLANE.flatMap((t) =>
      PLANE.map((s) =>
        tf.tidy(() =>
          at(network, plus(scaled(s, d), scaled(t, e)), () => crossEntropyOf(network, examples)),
        ),
      ),
    );
  });

/**
 * A random direction in which the weights into every neuron have the length of the network's own, so that
 * networks of different scale can be compared; biases stay.
 *
 * @see Li et al., https://arxiv.org/abs/1712.09913
 */
export function filterNormalized({ params }: Network, seed: number, purpose: string): Direction {
  const { normal } = random(seed, purpose);
  return params.map((p) => {
    if (p.rank < 2) {
      return tf.zerosLike(p);
    }
    const drawn = tf.tensor(Float32Array.from({ length: p.size }, normal), p.shape);
    const lengths = (x: tf.Tensor) => tf.norm(x, 'euclidean', 0, true);
    return tf.mul(drawn, tf.div(lengths(p), lengths(drawn)));
  });
}
