import * as tf from '@tensorflow/tfjs-core';
import { type Checks, constant, dot, hostView, rejectNotFinite } from '@toploss/core/kit';
import { meanSquareByPrograms } from './mean-square-program.js';

/** The unit of the trace: that of the weights, or the root mean square of each kernel. */
export type Scale = 'absolute' | 'relative';

/** ρ² = mean(W∘W), a constant in the gradient. */
export const meanSquare = (kernel: tf.Tensor): tf.Scalar =>
  constant(
    () => meanSquareByPrograms(kernel) ?? tf.div(dot(kernel, kernel), Math.max(kernel.size, 1)),
  );

/**
 * Throws if T is not finite although its inputs are: squares of numbers above 1e19 overflow float32. Only on cpu and wasm,
 * where the values can be read without waiting.
 */
export function checkTrace(
  check: Checks,
  name: string,
  expected: string,
  T: tf.Scalar,
  from: readonly tf.Tensor[],
): void {
  const value = hostView(T)?.[0];
  const areFinite = () => from.every((x) => hostView(x)?.every((y) => Number.isFinite(y)));
  if (!Number.isFinite(value) && areFinite()) {
    rejectNotFinite(check.where, name, expected, value);
  }
}
