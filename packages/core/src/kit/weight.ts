import * as tf from '@tensorflow/tfjs-core';
import { Checks, integer, nonNegative } from './check.js';
import { withPullback } from './closed-form.js';
import { scaled } from './elementwise.js';
import { scalarOf, valueAtHand } from './loop.js';

/** λ: a number ≥ 0, or a schedule: a function of the step, counted from 0. */
export type Weight = number | ((step: number) => number);

const stepRule = /* @__PURE__ */ integer(0);

/** λ at this step; 0 if λ rounds to 0 in float32. */
export function weightAt(where: string, lambda: Weight, step: number): number {
  const check: Checks = new Checks(where);
  check.argument('step', step, stepRule);
  const value = typeof lambda === 'function' ? lambda(step) : lambda;
  check.argument(`lambda(${step})`, value, nonNegative);
  return Math.fround(value) === 0 ? 0 : value;
}

/**
 * λ·Φ, with λ at this step.
 *
 * At λ = 0 the value and the gradients are exactly zero, even if Φ overflows: `L + 0` is L bit for bit, but `0·∞` would
 * be NaN. `phi` is called even then, to check its inputs.
 *
 * @param inputs The tensors to differentiate Φ by.
 * @param phi Computes Φ. At λ = 0 it may only check its inputs, and return nothing.
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

/** c x, without saving a tensor on the tape. */
const times = (c: number, x: tf.Scalar): tf.Scalar =>
  withPullback([x], () => ({
    value: product(c, x),
    saved: [],
    pullback: (dy) => [product(c, dy)],
  }));

/** c x, with c in float32 as in `tf.mul`. */
function product(c: number, x: tf.Scalar): tf.Scalar {
  const value = valueAtHand(x);
  return value === undefined
    ? (scaled(tf.scalar(c), x) as tf.Scalar)
    : tf.scalar(Math.fround(c) * value);
}

const zeros = new WeakSet<tf.Tensor>();

/** λΦ at λ = 0: the value 0, and a gradient of 0 for each input. */
export function zeroPenalty(inputs: readonly tf.Tensor[]): tf.Scalar {
  const zero = withPullback(inputs, () => ({
    value: scalarOf(0),
    saved: [],
    pullback: () => inputs.map(({ shape }) => tf.zeros(shape)),
  }));
  zeros.add(zero);
  return zero;
}

/** Whether a penalty is λΦ at λ = 0: leaving it out changes neither the loss nor its gradients. */
export const isZeroPenalty = (penalty: tf.Tensor): boolean => zeros.has(penalty);
