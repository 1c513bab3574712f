import * as tf from '@tensorflow/tfjs-core';
import { addScaled, byPrograms, constant, launch } from '@toploss/core/kit';
import { meanSquare, type Scale } from '../trace/scale.js';
import { NormalStream } from './normal.js';

/** Draws v ~ N(0, I) for each variable, in their order, from one stream. */
export function drawNoise(variables: readonly tf.Variable[], seed: number): tf.Tensor[] {
  const stream = new NormalStream(seed);
  return variables.map(({ size, shape }) => {
    const v = new Float32Array(size);
    for (let k = 0; k < size; k++) {
      v[k] = stream.next();
    }
    return tf.tensor(v, shape);
  });
}

/** θ + σ s∘v, a constant in the gradient; s is 1, or ρ, the root mean square of θ. */
export const perturbed = (
  variable: tf.Variable,
  v: tf.Tensor,
  sigma: number,
  scale: Scale,
): tf.Tensor =>
  constant(() => {
    const rho2 = scale === 'relative' ? meanSquare(variable) : undefined;
    const byProgram = byPrograms('sasp.perturbed', () =>
      launch({
        inputs: { theta: variable, v, ...(rho2 && { rho2 }) },
        numbers: { sigma },
        shape: variable.shape,
        entry: `return theta(b, i, j) + sigma * ${rho2 ? 'sqrt(rho2(0, 0, 0))' : '1.'} * v(b, i, j);`,
      }),
    );
    const step = () => (rho2 ? tf.mul<tf.Scalar>(sigma, tf.sqrt(rho2)) : tf.scalar(sigma));
    return byProgram ?? addScaled(variable, step(), tf.cast(v, 'float32'));
  });

/**
 * Runs f while the variables hold other values, and restores theirs bit for bit, even if f throws. Nothing is copied: the
 * old values share their memory with the variables. An open tape keeps the values that it has saved.
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
