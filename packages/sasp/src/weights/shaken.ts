import * as tf from '@tensorflow/tfjs-core';
import { addScaled, constant } from '@toploss/core/kit';
import { meanSquare, type Scale } from '../trace/scale.js';
import { NormalStream } from './normal.js';

/** v ~ N(0, I) for each of them, from one stream, in their order; not by their names. */
export function drawn(variables: readonly tf.Variable[], seed: number): tf.Tensor[] {
  const stream = new NormalStream(seed);
  return variables.map(({ size, shape }) => {
    const v = new Float32Array(size);
    for (let k = 0; k < size; k++) {
      v[k] = stream.next();
    }
    return tf.tensor(v, shape);
  });
}

/** θ + σ s∘v, with s = 1 or ρ, the root mean square of θ: a constant. */
export const shaken = (
  variable: tf.Variable,
  v: tf.Tensor,
  sigma: number,
  scale: Scale,
): tf.Tensor =>
  constant(() => {
    const step =
      scale === 'relative' ? tf.mul(sigma, tf.sqrt(meanSquare(variable))) : tf.scalar(sigma);
    return addScaled(variable, step as tf.Scalar, tf.cast(v, 'float32'));
  });

/**
 * f where the variables have other values. They get their own back, bit for bit, whatever f does: what holds them is shared,
 * not copied. A tape that is open keeps what it has saved of them.
 */
export function withValues<T>(
  variables: readonly tf.Variable[],
  values: readonly tf.Tensor[],
  f: () => T,
): T {
  const own = variables.map((variable) => constant(() => tf.clone(variable)));
  try {
    for (const [k, variable] of variables.entries()) {
      variable.assign(values[k]!);
    }
    return f();
  } finally {
    for (const [k, variable] of variables.entries()) {
      variable.assign(own[k]!);
    }
  }
}
