import * as tf from '@tensorflow/tfjs-core';
import { constant, type Rule } from '@toploss/core/kit';
import type { Head } from '../heads.js';
import { meanQuadratic } from './quadratic.js';
import { ofCounting, visible } from './rows.js';

/** How Φ is made of T: its root, T itself, or the logarithm of its ratio to the signal. */
export type Root = boolean | 'ratio';

export const rootRule: Rule = {
  expected: "to be true, false or 'ratio'",
  allows: (value) => typeof value === 'boolean' || value === 'ratio',
};

interface Predictions {
  readonly head: Head;
  /** […, C], 0 in the rows that don't count. */
  readonly logits: tf.Tensor;
  readonly counts: tf.Tensor | undefined;
}

/**
 * √(T + 1e-8), T, or the ratio of noise to signal, weighted by how much the predictions say about their examples:
 *
 *     Φ = γ ½ ln(1 + 100 T/V),   V = mean_i zᵢᵀAᵢzᵢ,   γ = (H(mean_i pᵢ) − mean_i H(pᵢ))/ln C, constant in the gradient
 *
 * V is to the size of the logits what T is to that of the weights. So neither the size of the weights nor that of the logits
 * lowers the ratio, and width and depth change little in what a λ means. Where all examples have the same prediction, γ is 0:
 * nothing draws the weights there, as √T does with a large λ.
 */
export function phiOf(T: tf.Scalar, root: Root, predictions: Predictions): tf.Scalar {
  if (root !== 'ratio') {
    return root ? tf.sqrt(tf.add(T, 1e-8)) : T;
  }
  const ratio = tf.div(T, tf.add(signal(predictions), 1e-6));
  return tf.mul(information(predictions), tf.mul(0.5, tf.log1p(tf.mul(100, ratio))));
}

/** V: how far the prediction moves when its logits are scaled, as T̂ is when the weights are shaken. */
const signal = ({ head, logits, counts }: Predictions): tf.Scalar =>
  ofCounting(meanQuadratic(head, logits, tf.mul(2, logits), 1), counts);

/**
 * γ: 0 where all predictions are the same, 1 where they are certain and each class has as many. For the sigmoid head, that of
 * each logit, their mean. Logits of the linear head are no probabilities; there γ = 1.
 */
export function information({ head, logits, counts }: Predictions): tf.Scalar {
  if (head === 'linear') {
    return tf.scalar(1);
  }
  return constant(() => {
    const { of, entropy, most } = distributions[head];
    const p = visible(of(logits), counts);
    const classes = p.shape[p.rank - 1] as number;
    const mean = ofCounting(tf.mean(tf.reshape(p, [-1, classes]), 0), counts);
    const own = ofCounting(tf.mean(entropy(p)), counts); // of a row that doesn't count it is 0
    return tf.div(tf.sub(entropy(mean), own), most(classes)) as tf.Scalar;
  });
}

/** −p ln p; 0 at p = 0. */
const nats = (p: tf.Tensor): tf.Tensor => tf.neg(tf.mul(p, tf.log(tf.maximum(p, 1e-30))));

const distributions = {
  softmax: {
    of: (z: tf.Tensor) => tf.softmax(z),
    entropy: (p: tf.Tensor) => tf.sum(nats(p), -1),
    most: (classes: number) => Math.log(Math.max(classes, 2)),
  },
  sigmoid: {
    of: (z: tf.Tensor) => tf.sigmoid(z),
    entropy: (s: tf.Tensor) => tf.mean(tf.add(nats(s), nats(tf.sub(1, s))), -1),
    most: () => Math.LN2,
  },
};
