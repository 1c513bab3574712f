// saspNetwork's default form, over the replicas: averages of this replica's rows and of those of the others, then their ratio.
import * as tf from '@tensorflow/tfjs-core';
import { constant, type Head } from '@toploss/core/kit';
import type { Group } from '@toploss/examples/data-parallel/all-reduce';
import { across, meanOver } from '@toploss/examples/data-parallel/averages';

/**
 *     Φ = γ ½ ln(1 + 100 T/V),   V = mean_i zᵢᵀAᵢzᵢ + 1e-6
 *     γ = (h(p̄) − h) h/(h + ¼),   constant in the gradient
 *
 * T, V, p̄ and h are means over the examples; γ and the ratio are none.
 */
export function ratioOver(group: Group, head: Head, logits: tf.Tensor, own: tf.Scalar): tf.Scalar {
  const T = meanOver(group, own);
  const V = tf.add(meanOver(group, tf.mean(signals[head](logits))), 1e-6);
  const gamma = constant(() => progress(group, head, logits));
  return tf.mul(gamma, tf.mul(0.5, tf.log1p(tf.div(tf.mul(100, T), V))));
}

const overClasses = (x: tf.Tensor, keepDims = false) => tf.sum(x, -1, keepDims);

/** zᵀAz of every row. */
const signals: Record<Head, (z: tf.Tensor) => tf.Tensor> = {
  softmax(z) {
    const p = tf.softmax(z);
    return overClasses(tf.mul(p, tf.square(tf.sub(z, overClasses(tf.mul(p, z), true)))));
  },
  sigmoid: (z) => overClasses(tf.mul(tf.mul(tf.sigmoid(z), tf.sigmoid(tf.neg(z))), tf.square(z))),
  linear: (z) => overClasses(tf.square(z)),
};

/** γ, of entropies as shares of the largest one. */
function progress({ share, sum }: Group, head: Head, logits: tf.Tensor): tf.Scalar {
  if (head === 'linear') {
    return tf.scalar(1); // no probabilities
  }
  // Of the sigmoid head, two classes for each logit.
  const p =
    head === 'softmax'
      ? tf.softmax(logits)
      : tf.stack([tf.sigmoid(logits), tf.sigmoid(tf.neg(logits))], -1);
  const mean = (own: tf.Tensor) => across(sum, tf.mul(share, own));
  const h = mean(entropy(p));
  const ofMean = entropy(mean(tf.mean(p, 0)));
  return tf.mul(tf.relu(tf.sub(ofMean, h)), tf.div(h, tf.add(h, 0.25)));
}

/** −Σ p ln p/ln C, and the mean of it. */
const entropy = (p: tf.Tensor): tf.Scalar => {
  const nats = overClasses(tf.neg(tf.mul(p, tf.log(tf.maximum(p, 1e-30)))));
  return tf.div(tf.mean(nats), Math.log(p.shape[p.rank - 1] as number));
};
