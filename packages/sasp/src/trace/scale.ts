import * as tf from '@tensorflow/tfjs-core';
import { type Checks, constant, dot, hostView, rejectNotFinite } from '@toploss/core/kit';

/** What the trace is measured by: the unit of the weights, or the root mean square of each kernel. */
export type Scale = 'absolute' | 'relative';

/** ρ² = mean(W∘W), a constant in the gradient. */
export const meanSquare = (kernel: tf.Tensor): tf.Scalar =>
  constant(() => tf.div(dot(kernel, kernel), Math.max(kernel.size, 1)));

/**
 * The squares of what is beyond 1e19 are infinite in float32, and then T is, or, with an A that is 0, it is NaN: of finite
 * numbers, that is refused where it can be seen.
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
