import * as tf from '@tensorflow/tfjs-core';
import { isLooped, withPullback } from '@toploss/core/kit';
import { meanSquare, type Scale } from '../trace/scale.js';
import type { DenseLayer } from './layers.js';
import { type Matrix, matrixOf, squaresOf } from './matrices.js';

/**
 * The unit of the trace, and whether biases count. They have no share in the relative trace, whose unit is the root mean
 * square ρ of each kernel.
 */
export interface Measure {
  readonly scale: Scale;
  readonly includeBias: boolean;
}

export const measureOf = ({
  scale = 'absolute',
  includeBias = true,
}: Partial<Measure>): Measure => ({ scale, includeBias: includeBias && scale === 'absolute' });

/**
 * S = ‖x‖² + 1, or ρ²‖x‖², of every example: [B, 1]. The derivative of ⟨δ, xW + b⟩ by W is x δᵀ, so that a layer's share of
 * the trace is ‖δ‖² S.
 */
export function squaredInput(layer: DenseLayer, measure: Measure): tf.Tensor {
  const { input } = layer;
  return withPullback([input], () => {
    const { value, rho2 } = isLooped(input.size)
      ? loopedShares(layer, measure)
      : sharesOfOperations(layer, measure);
    return {
      value,
      saved: [input, ...rho2],
      pullback: (dy, [input, ...rho2]) => {
        const twice = rho2.reduce<tf.Tensor>((c, factor) => tf.mul(factor, c), tf.mul(2, dy));
        return [tf.mul(twice, input as tf.Tensor)];
      },
    };
  });
}

function loopedShares({ input, kernel, includeBias }: DenseLayer, measure: Measure) {
  const { rho2, S } = sharesOf(matrixOf(input), matrixOf(kernel), includeBias, measure);
  const value = tf.tensor(new Float32Array(S), [S.length, 1]);
  return { value, rho2: measure.scale === 'relative' ? [tf.scalar(rho2)] : [] };
}

function sharesOfOperations({ input, kernel, includeBias = true }: DenseLayer, measure: Measure) {
  const rho2 = measure.scale === 'relative' ? [meanSquare(kernel)] : [];
  const share = rho2.reduce<tf.Tensor>((S, factor) => tf.mul(factor, S), squaresOfRows(input));
  return { value: measure.includeBias && includeBias ? tf.add(share, 1) : share, rho2 };
}

/** ρ² or 1, and S of every example. */
export function sharesOf(
  input: Matrix,
  kernel: Matrix,
  includeBias: boolean | undefined,
  measure: Measure,
) {
  const rho2 = measure.scale === 'relative' ? meanSquareOf(kernel) : 1;
  const one = measure.includeBias && includeBias !== false ? 1 : 0;
  const S = squaresOf(input);
  for (const [i, square] of S.entries()) {
    S[i] = rho2 * (square + one);
  }
  return { rho2, S };
}

const meanSquareOf = ({ values }: Matrix): number => {
  const [sum] = squaresOf({ values, m: 1, n: values.length });
  return (sum as number) / Math.max(values.length, 1);
};

/** ‖xᵢ‖² of every example, [B, n] → [B, 1]. */
export const squaresOfRows = (x: tf.Tensor): tf.Tensor => tf.sum(tf.square(x), 1, true);
