import * as tf from '@tensorflow/tfjs-core';
import { constant, type Rule } from '@toploss/core';
import type { Head } from '../heads.js';
import { meanQuadratic } from './quadratic.js';
import { ofCounting } from './rows.js';

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
 * √(T + 1e-8), T, or the ratio of noise to signal, weighted by the confidence:
 *
 *     Φ = γ ½ ln(1 + 100 T/V),   V = mean_i zᵢᵀAᵢzᵢ,   γ = 1 − mean_i H(pᵢ)/ln C, constant in the gradient
 *
 * V is to the size of the logits what T is to that of the weights. So neither the size of the weights nor that of the logits
 * lowers the ratio, and neither width nor depth changes what a λ means. At a constant prediction γ is 0: no λ draws the weights
 * there, as a large one does with √T.
 */
export function phiOf(T: tf.Scalar, root: Root, predictions: Predictions): tf.Scalar {
  if (root !== 'ratio') {
    return root ? tf.sqrt(tf.add(T, 1e-8)) : T;
  }
  const ratio = tf.div(T, tf.add(signal(predictions), 1e-6));
  return tf.mul(confidence(predictions), tf.mul(0.5, tf.log1p(tf.mul(100, ratio))));
}

/** V: how far the prediction moves when its logits are scaled, as T̂ is when the weights are shaken. */
const signal = ({ head, logits, counts }: Predictions): tf.Scalar =>
  ofCounting(meanQuadratic(head, logits, tf.mul(2, logits), 1), counts);

/**
 * γ: 0 where every prediction is uniform, 1 where all are certain. Zero logits count nothing. Logits of the linear head are no
 * probabilities; there γ = 1.
 */
export function confidence({ head, logits, counts }: Predictions): tf.Scalar {
  return constant(() => {
    if (head === 'linear') {
      return tf.scalar(1);
    }
    const classes = logits.shape[logits.rank - 1] as number;
    const [nats, uniform] =
      head === 'softmax'
        ? [tf.sum(entropy(tf.softmax(logits)), -1), Math.log(Math.max(classes, 2))]
        : [tf.add(entropy(tf.sigmoid(logits)), entropy(tf.sigmoid(tf.neg(logits)))), Math.LN2];
    return ofCounting(tf.sub(1, tf.div(tf.mean(nats), uniform)), counts);
  });
}

/** −p ln p; 0 at p = 0. */
const entropy = (p: tf.Tensor): tf.Tensor => tf.neg(tf.mul(p, tf.log(tf.maximum(p, 1e-30))));
