import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import { type Divergence, divergence } from './divergence.js';

/**
 * KL(p ‖ q) of the predictions of a head, row by row, and its gradient by ẑ:
 *
 * | head    | prediction              | KL(p ‖ q)                | gradient |
 * |---------|-------------------------|--------------------------|----------|
 * | softmax | one class of C          | Σ p δ, δ = log p − log q | q − p    |
 * | sigmoid | C labels, true or false | Σ of those of each label | q − p    |
 * | linear  | a normal one around z   | ½‖ẑ − z‖²                | ẑ − z    |
 */
export const divergences: Readonly<
  Record<Head, (z: tf.Tensor, zHat: tf.Tensor, symmetric: boolean) => Divergence>
> = { softmax: divergence, sigmoid, linear };

/** A label that is true or false is one class of two, whose logits are z and 0. */
function sigmoid(z: tf.Tensor, zHat: tf.Tensor, symmetric: boolean): Divergence {
  const ofTwo = (x: tf.Tensor) => tf.stack([x, tf.zerosLike(x)], -1);
  const { rows, qMinusP } = divergence(ofTwo(z), ofTwo(zHat), symmetric);
  const begin = qMinusP.shape.map(() => 0);
  const ofTrue = tf.slice(qMinusP, begin, [...z.shape, 1]);
  return { rows: tf.sum(rows, -1), qMinusP: tf.reshape(ofTrue, z.shape) };
}

/** The same both ways. */
function linear(z: tf.Tensor, zHat: tf.Tensor): Divergence {
  const difference = tf.sub(zHat, z);
  return { rows: tf.mul(0.5, tf.sum(tf.square(difference), -1)), qMinusP: difference };
}
