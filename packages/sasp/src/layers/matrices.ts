import type * as tf from '@tensorflow/tfjs-core';
import { hostView } from '@toploss/core/kit';

/** A matrix in host memory, row by row. */
export interface Matrix {
  readonly values: Float32Array;
  /** Of rows. */
  readonly m: number;
  /** Of columns. */
  readonly n: number;
}

/** The values, on cpu and wasm; there they are gone with the next tensor. */
export const viewOf = (x: tf.Tensor): Float32Array => hostView(x) as Float32Array;

export const matrixOf = (x: tf.Tensor): Matrix => {
  const [m = 1, n = 1] = x.shape;
  return { values: viewOf(x), m, n };
};

export function transposed({ values, m, n }: Matrix): Matrix {
  const result = new Float32Array(m * n);
  for (let i = 0, p = 0; i < m; i++) {
    for (let j = 0, q = i; j < n; j++, p++, q += m) {
      result[q] = values[p]!;
    }
  }
  return { values: result, m: n, n: m };
}

/** x yᵀ: two rows with two rows at a time; where one is left over, it is taken twice. */
export function dotsOfRows({ values: x, m, n: k }: Matrix, { values: y, m: n }: Matrix): Matrix {
  const product = new Float32Array(m * n);
  for (let i = 0; i < m; i += 2) {
    const below = Math.min(i + 1, m - 1);
    for (let j = 0; j < n; j += 2) {
      const right = Math.min(j + 1, n - 1);
      const toBelow = (below - i) * k;
      const toRight = (right - j) * k;
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      for (let p = i * k, q = j * k; p < (i + 1) * k; p++, q++) {
        const a = x[p]!;
        const b = x[p + toBelow]!;
        const c = y[q]!;
        const d = y[q + toRight]!;
        s00 += a * c;
        s01 += a * d;
        s10 += b * c;
        s11 += b * d;
      }
      product[i * n + j] = s00;
      product[i * n + right] = s01;
      product[below * n + j] = s10;
      product[below * n + right] = s11;
    }
  }
  return { values: product, m, n };
}

/** x∘y, into x. */
export function multiply(x: Float32Array | Float64Array, y: ArrayLike<number>): void {
  for (let k = 0; k < x.length; k++) {
    x[k] = x[k]! * y[k]!;
  }
}

/** c x, with the precision of x. */
export function scaled<T extends Float32Array | Float64Array>(x: T, c: number): T {
  const product = x.slice() as T;
  for (let k = 0; k < product.length; k++) {
    product[k] = c * product[k]!;
  }
  return product;
}

/** x + diag(scales) y, into x. */
export function addScaledRows(x: Float32Array, scales: ArrayLike<number>, y: Float32Array): void {
  const width = y.length / scales.length;
  for (let i = 0, p = 0; i < scales.length; i++) {
    const scale = scales[i]!;
    for (const end = p + width; p < end; p++) {
      x[p]! += scale * y[p]!;
    }
  }
}

/** ‖xᵢ‖² of every row. */
export function squaresOf({ values, m, n }: Matrix): Float64Array {
  const squares = new Float64Array(m);
  for (let i = 0, p = 0; i < m; i++) {
    let sum = 0;
    for (const end = p + n; p < end; p++) {
      sum += values[p]! ** 2;
    }
    squares[i] = sum;
  }
  return squares;
}
