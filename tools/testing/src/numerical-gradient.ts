import * as tf from '@tensorflow/tfjs-core';

/**
 * ∂f/∂x by differences of fourth order: (8 (f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h))) / 12h.
 *
 * h is long, as f is float32: rounding costs about 1e-7 |f|/h, the formula h⁴.
 */
export function numericalGradient(
  f: (x: tf.Tensor) => tf.Scalar,
  x: tf.Tensor,
  h = 0.03,
): tf.Tensor {
  const origin = Float64Array.from(x.dataSync());
  const at = (k: number, step: number) =>
    tf.tidy(() => {
      const moved = Float32Array.from(origin);
      moved[k] = (origin[k] as number) + step;
      return f(tf.tensor(moved, x.shape)).dataSync()[0] as number;
    });
  const slopes = Array.from(origin, (_, k) => {
    const [near, far] = [at(k, h) - at(k, -h), at(k, 2 * h) - at(k, -2 * h)];
    return (8 * near - far) / (12 * h);
  });
  return tf.tensor(slopes, x.shape);
}
