import * as tf from '@tensorflow/tfjs-core';
import { constant, dot, hostView, rejectNotFinite, withPullback } from '@toploss/core/kit';
import type { DenseLayer } from './layers.js';

export type Scale = 'absolute' | 'relative';

/**
 * What the trace counts: the bias of each layer or not, and each kernel's entries by the unit, or by their
 * size, the root mean square ρ. A bias has no share in that.
 */
export interface Measure {
  readonly scale: Scale;
  readonly includeBias: boolean;
}

export const measureOf = ({
  scale = 'absolute',
  includeBias = true,
}: Partial<Measure>): Measure => ({ scale, includeBias: includeBias && scale === 'absolute' });

/** ρ² = mean(W∘W), a constant in the gradient. */
export const meanSquare = (kernel: tf.Tensor): tf.Scalar =>
  constant(() => tf.div(dot(kernel, kernel), Math.max(kernel.size, 1)));

/**
 * S = ‖x‖² + 1, or ρ²‖x‖², of every example: [B, 1]. The derivative of ⟨δ, xW + b⟩ by W is x δᵀ, so that a layer's share of
 * the trace is ‖δ‖² S.
 */
export function squaredInput(
  { input, kernel, includeBias = true }: DenseLayer,
  { scale, includeBias: isCounted }: Measure,
): tf.Tensor {
  return withPullback([input], () => {
    const squares = squaresOfRows(input);
    const rho2 = scale === 'relative' ? [meanSquare(kernel)] : [];
    const share = rho2.reduce<tf.Tensor>((S, factor) => tf.mul(factor, S), squares);
    return {
      value: isCounted && includeBias ? tf.add(share, 1) : share,
      saved: [input, ...rho2],
      pullback: (dy, [input, ...rho2]) => {
        const twice = rho2.reduce<tf.Tensor>((c, factor) => tf.mul(factor, c), tf.mul(2, dy));
        return [tf.mul(twice, input as tf.Tensor)];
      },
    };
  });
}

/** ‖xᵢ‖² of every example, [B, n] → [B, 1]. */
export const squaresOfRows = (x: tf.Tensor): tf.Tensor => tf.sum(tf.square(x), 1, true);

/**
 * The squares of what is beyond 1e19 are infinite in float32, and then T is, or, with an A that is 0, it is NaN: of finite
 * numbers, that is refused where it can be seen.
 */
export function checkTrace(
  where: string,
  name: string,
  expected: string,
  T: tf.Scalar,
  from: readonly tf.Tensor[],
): void {
  const value = hostView(T)?.[0];
  const areFinite = () => from.every((x) => hostView(x)?.every((y) => Number.isFinite(y)));
  if (!Number.isFinite(value) && areFinite()) {
    rejectNotFinite(where, name, expected, value);
  }
}
