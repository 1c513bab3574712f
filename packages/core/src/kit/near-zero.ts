import * as tf from '@tensorflow/tfjs-core';

/**
 * Where 1 + x and e^x lose digits of x. A quotient with the logarithm can't restore the digits: near 1, the logarithm on
 * a device has an error of about 1e-7.
 */
const isNear = (x: tf.Tensor) => tf.lessEqual(tf.abs(x), 0.25);

/**
 * log(1 + x), entry by entry, accurate near 0; `tf.log1p` is accurate on cpu only. Don't differentiate it.
 *
 *     log(1 + x) = 2 artanh s = s (2 + ⅔ s² + ⅖ s⁴ + …),   s = x/(2 + x)
 */
export function log1p(x: tf.Tensor): tf.Tensor {
  if (tf.getBackend() === 'cpu') {
    return tf.log1p(x);
  }
  return tf.tidy(() => {
    const s = tf.div(x, tf.add(2, x));
    const q = tf.square(s);
    const rest = tf.add(2 / 3, tf.mul(q, tf.add(2 / 5, tf.mul(q, 2 / 7))));
    const near = tf.mul(s, tf.add(2, tf.mul(q, rest)));
    return tf.where(isNear(x), near, tf.log(tf.add(1, x)));
  });
}

/**
 * e^x − 1, entry by entry, accurate near 0; `tf.expm1` is accurate on cpu only. Don't differentiate it.
 *
 *     x/(e^x − 1) = 1 − x/2 + x²/12 − x⁴/720 + …
 */
export function expm1(x: tf.Tensor): tf.Tensor {
  if (tf.getBackend() === 'cpu') {
    return tf.expm1(x);
  }
  return tf.tidy(() => {
    const q = tf.square(x);
    const rest = tf.sub(tf.mul(q, tf.sub(1 / 12, tf.mul(q, 1 / 720))), tf.mul(0.5, x));
    return tf.where(isNear(x), tf.div(x, tf.add(1, rest)), tf.sub(tf.exp(x), 1));
  });
}
