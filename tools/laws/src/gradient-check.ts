import * as tf from '@tensorflow/tfjs-core';
import { normal, valuesOf } from '@toploss/testing';
import { expect } from 'vitest';

/** Of the error, against the length of the gradient. */
const TOLERANCE = 0.008;

/** What float32 leaves of a value of order 1; of sums that cancel a little less. */
const ROUNDING = 2e-6;

/** The steps h, tried in this order. */
const STEPS = [0.03, 0.1, 0.01, 0.003];

/**
 * The gradients are those of f, by differences of fourth order along one random direction in each parameter:
 *
 *     ⟨g, v⟩ = (8 (f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h,   f(h) = f(θ + hv),   v = (ĝ + r̂)/√2,  r ⊥ g
 *
 * Half of v is the gradient, so that a wrong length shows, and half is random and at right angles to it, so that a wrong
 * direction does. A short step drowns in the rounding and a long one crosses the bend of elu: one of four is enough.
 *
 * @param f Of the parameters as they are; with everything that the gradient stops at held.
 * @param scale Of the terms that f sums, where they are larger than its value.
 */
export function expectGradients(
  f: () => tf.Scalar,
  params: readonly tf.Variable[],
  grads: tf.NamedTensorMap,
  { tolerance = TOLERANCE, scale = 1 } = {},
): void {
  const value = () => tf.tidy(() => f().dataSync()[0] as number);
  const size = Math.max(Math.abs(value()), scale);
  for (const [k, variable] of params.entries()) {
    const theta = tf.clone(variable);
    const g = unit(valuesOf(grads[variable.name] as tf.Tensor));
    const drawn = valuesOf(normal(variable.shape, k + 1));
    const along = g.entries.reduce((total, x, i) => total + x * (drawn[i] as number), 0);
    const r = unit(drawn.map((x, i) => x - along * (g.entries[i] as number)));
    const v = g.entries.map((x, i) => (x + (r.entries[i] as number)) / Math.SQRT2);
    const at = (h: number) => {
      const [origin, shape] = [valuesOf(theta), variable.shape];
      variable.assign(
        tf.tensor(
          Float32Array.from(origin, (x, i) => x + h * (v[i] as number)),
          shape,
        ),
      );
      return value();
    };
    const slope = (h: number) => (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    const expected = v.reduce((total, x, i) => total + x * (g.entries[i] as number), 0) * g.length;
    const isClose = (h: number) =>
      Math.abs(slope(h) - expected) <= tolerance * g.length + (ROUNDING * size) / h / 10;
    const isRight = STEPS.some(isClose);
    variable.assign(theta);
    expect(
      isRight,
      `a difference close to the gradient, of length ${g.length}, in parameter ${k}, [${variable.shape}]`,
    ).toBe(true);
  }
}

function unit(x: readonly number[]): { entries: number[]; length: number } {
  const length = Math.hypot(...x);
  return { entries: x.map((entry) => (length === 0 ? 0 : entry / length)), length };
}
