import * as tf from '@tensorflow/tfjs-core';

const BLOCK = 256;

/**
 * Σ x over all entries, in stages of a few hundred: a single float32 accumulator loses whole per cents
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

const [SMALLEST, LARGEST] = [1e-37, 3.4e38];

/** √Σ x² over all entries of all tensors; scaled, so that no square over- or underflows. */
export function norm(tensors: readonly tf.Tensor[]): tf.Scalar {
  return tf.tidy(() => {
    const filled = tensors.filter(({ size }) => size > 0);
    if (filled.length === 0) {
      return tf.scalar(0);
    }
    const largest = tf.max(tf.stack(filled.map((x) => tf.max(tf.abs(x)))));
    // Finite, as ∞/∞ is NaN.
    const scale = tf.clipByValue(largest, SMALLEST, LARGEST);
    const squares = tf.addN(filled.map((x) => sum(tf.square(tf.div(x, scale)))));
    return tf.mul(scale, tf.sqrt(squares)) as tf.Scalar;
  });
}
