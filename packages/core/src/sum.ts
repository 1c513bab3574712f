import * as tf from '@tensorflow/tfjs-core';

const BLOCK = 1024;

/**
 * Σ x over all entries, in stages of about a thousand: a single float32 accumulator loses whole per cents
 * once there are millions of them.
 */
export function sum(x: tf.Tensor): tf.Scalar {
  const blocks = Math.floor(x.size / BLOCK);
  if (blocks < 2) {
    return tf.sum(x);
  }
  return tf.tidy(() => {
    const flat = tf.reshape(x, [x.size]);
    const whole = tf.reshape(tf.slice(flat, 0, blocks * BLOCK), [blocks, BLOCK]);
    const total = sum(tf.sum(whole, 1));
    return x.size % BLOCK === 0 ? total : tf.add(total, tf.sum(tf.slice(flat, blocks * BLOCK)));
  });
}

/** ⟨a, b⟩ over all entries. */
export function dot(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  return tf.tidy(() => sum(tf.mul(a, b)));
}

/** √Σ x² over all entries of all tensors; scaled, so that no square over- or underflows. */
export function norm(tensors: readonly tf.Tensor[]): tf.Scalar {
  return tf.tidy(() => {
    const largest = tf.max(tf.stack(tensors.map((x) => tf.max(tf.abs(x)))));
    const scale = tf.maximum(largest, 1e-37);
    const squares = tf.addN(tensors.map((x) => sum(tf.square(tf.div(x, scale)))));
    return tf.mul(scale, tf.sqrt(squares)) as tf.Scalar;
  });
}
