import * as tf from '@tensorflow/tfjs-core';
import type { Network } from './network.js';

/** A vector over all parameters of a network, in their order. */
export type Direction = tf.Tensor[];

export const normOf = (d: Direction): tf.Scalar =>
  tf.sqrt(tf.addN(d.map((x) => tf.sum(tf.square(x)))));

export const scaled = (factor: number | tf.Scalar, d: Direction): Direction =>
  d.map((x) => tf.mul(factor, x));

export const plus = (a: Direction, b: Direction): Direction =>
  a.map((x, k) => tf.add(x, b[k] as tf.Tensor));

/** What f finds at θ + d. The parameters are back at θ after it. */
export function at<T>({ params }: Network, d: Direction, f: () => T): T {
  const origin = params.map((p) => tf.clone(p));
  for (const [k, p] of params.entries()) {
    p.assign(tf.add(p, d[k] as tf.Tensor));
  }
  const found = f();
  for (const [k, p] of params.entries()) {
    p.assign(origin[k] as tf.Tensor);
  }
  tf.dispose(origin);
  return found;
}
