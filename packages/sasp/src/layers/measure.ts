import * as tf from '@tensorflow/tfjs-core';
import { isLooped, withPullback } from '@toploss/core/kit';
import { meanSquare, type Scale } from '../trace/scale.js';
import { type Matrix, matrixOf, squaresOf } from './matrices.js';
import type { Reader } from './stack.js';

/**
 * S = ‖x‖² + 1, or ρ²‖x‖², of every example: [B, 1]. The derivative of ⟨δ, xW + b⟩ by W is x δᵀ, so that a layer's share of
 * the trace is ‖δ‖² S.
 */
export function squaredInput(layer: Reader, scale: Scale): tf.Tensor {
  const { input } = layer;
  return withPullback([input], () => {
    const { S, rho2 } = isLooped(input.size)
      ? loopedShares(layer, scale)
      : sharesOfOperations(layer, scale);
    return {
      value: S,
      saved: rho2 ? [input, rho2] : [input],
      pullback: (dy, [input, rho2]) => {
        const twice = tf.mul(2, dy);
        return [tf.mul(rho2 ? tf.mul(rho2, twice) : twice, input!)];
      },
    };
  });
}

function loopedShares({ input, kernel, includeBias }: Reader, scale: Scale) {
  const { rho2, S } = sharesOf(matrixOf(input), matrixOf(kernel), includeBias, scale);
  return {
    S: tf.tensor(new Float32Array(S), [S.length, 1]),
    rho2: scale === 'relative' ? tf.scalar(rho2) : undefined,
  };
}

/** S of every example, and ρ² of the relative trace. */
export function sharesOfOperations({ input, kernel, includeBias }: Reader, scale: Scale) {
  const rho2 = scale === 'relative' ? meanSquare(kernel) : undefined;
  const squares = squaresOfRows(input);
  const S = rho2 ? tf.mul(rho2, squares) : includeBias ? tf.add(squares, 1) : squares;
  return { S, rho2 };
}

/** S of every example, and ρ² or 1. */
export function sharesOf(input: Matrix, kernel: Matrix, includeBias: boolean, scale: Scale) {
  const rho2 = scale === 'relative' ? meanSquareOf(kernel) : 1;
  const one = includeBias ? 1 : 0;
  const S = squaresOf(input);
  for (const [i, square] of S.entries()) {
    S[i] = rho2 * (square + one);
  }
  return { S, rho2 };
}

const meanSquareOf = ({ values }: Matrix): number => {
  const [sum] = squaresOf({ values, m: 1, n: values.length });
  return (sum as number) / Math.max(values.length, 1);
};

/** ‖xᵢ‖² of every example, [B, n] → [B, 1]. */
export const squaresOfRows = (x: tf.Tensor): tf.Tensor => tf.sum(tf.square(x), 1, true);
