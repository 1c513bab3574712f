import * as tf from '@tensorflow/tfjs-core';

/** Where 1 + x and e^x lose digits of x. */
const isNear = (x: tf.Tensor) => tf.lessEqual(tf.abs(x), 0.5);

/**
 * log(1 + x), entry by entry, with all of its digits near 0.
 *
 * On wasm and WebGL `tf.log1p` takes the logarithm of a rounded 1 + x. Of that rounding u the quotient
 * log u/(u − 1) is right, and nearly constant (W. Kahan). Not for the tape: it has no gradient at 0.
 */
export function log1p(x: tf.Tensor): tf.Tensor {
  if (tf.getBackend() === 'cpu') {
    return tf.log1p(x);
  }
  return tf.tidy(() => {
    const u = tf.add(x, 1);
    const rounded = tf.sub(u, 1);
    const near = tf.where(tf.equal(rounded, 0), x, tf.mul(tf.log(u), tf.div(x, rounded)));
    return tf.where(isNear(x), near, tf.log(u));
  });
}

/** e^x − 1, in the same way: (u − 1)/log u of a rounded u = e^x. */
export function expm1(x: tf.Tensor): tf.Tensor {
  if (tf.getBackend() === 'cpu') {
    return tf.expm1(x);
  }
  return tf.tidy(() => {
    const u = tf.exp(x);
    const difference = tf.sub(u, 1);
    const near = tf.where(tf.equal(u, 1), x, tf.mul(difference, tf.div(x, tf.log(u))));
    return tf.where(isNear(x), near, difference);
  });
}
