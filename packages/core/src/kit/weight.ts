import * as tf from '@tensorflow/tfjs-core';
import { Checks, integer, nonNegative } from './check.js';
import { withPullback } from './closed-form.js';
import { hostView } from './loop.js';

/** λ: a number ≥ 0, or a schedule of one over the steps, counted from 0. */
export type Weight = number | ((step: number) => number);

/** λ at this step; 0 where it is so small that it is 0 to float32. */
export function weightAt(where: string, lambda: Weight, step: number): number {
  const check: Checks = new Checks(where);
  check.argument('step', step, integer(0));
  const value = typeof lambda === 'function' ? lambda(step) : lambda;
  check.argument(`lambda(${step})`, value, nonNegative);
  return Math.fround(value) === 0 ? 0 : value;
}

/**
 * λ·Φ, with λ at this step.
 *
 * At λ = 0 the value and the gradients are exactly zero, whatever Φ is: `L + 0` is L bit for bit, where
 * `0·Φ` of an overflowing Φ would be NaN. Φ is called all the same, for the checks of its inputs.
 *
 * @param inputs What Φ is differentiated by.
 * @param phi At λ = 0 it may leave it at the checks.
 */
export function weighted(
  where: string,
  lambda: Weight,
  step: number,
  inputs: readonly tf.Tensor[],
  phi: () => tf.Scalar | undefined,
): tf.Scalar {
  const weight = weightAt(where, lambda, step);
  return tf.tidy(() => {
    const value = phi();
    return weight === 0 ? zeroPenalty(inputs) : times(weight, value as tf.Scalar);
  });
}

/** c x, of which no tape saves anything. */
const times = (c: number, x: tf.Scalar): tf.Scalar =>
  withPullback([x], () => ({
    value: product(c, x),
    saved: [],
    pullback: (dy) => [product(c, dy)],
  }));

/** In float32, as the operation has it. */
function product(c: number, x: tf.Scalar): tf.Scalar {
  const [value] = hostView(x) ?? [];
  return value === undefined ? tf.mul(c, x) : tf.scalar(Math.fround(c) * value);
}

const zeros = new WeakSet<tf.Tensor>();

/** λΦ at λ = 0: 0, and by each of these a gradient of 0. */
function zeroPenalty(inputs: readonly tf.Tensor[]): tf.Scalar {
  const zero = withPullback(inputs, () => ({
    value: tf.scalar(0),
    saved: [],
    pullback: () => inputs.map(({ shape }) => tf.zeros(shape)),
  }));
  zeros.add(zero);
  return zero;
}

/** Whether a loss stays what it is, with its gradients, where this is left out. */
export const isZeroPenalty = (penalty: tf.Tensor): boolean => zeros.has(penalty);
