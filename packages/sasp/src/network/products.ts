import * as tf from '@tensorflow/tfjs-core';

/**
 * Matrix products, undifferentiated, in the form that is fast on each backend.
 *
 * On wasm a product with a transposed argument takes 5 to 20 times as long as one without, so the smaller
 * matrix is transposed for it. On cpu the dot products of rows, two by two, take a quarter of the time of
 * `tf.matMul`, and a multiplication that broadcasts is slower than all else. Elsewhere `tf.matMul` knows best.
 */
export interface Products {
  /** a bᵀ, of [m, k] and [n, k] */
  timesTransposed(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D;
  /** aᵀ b, of [k, m] and [k, n] */
  transposedTimes(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D;
  /** a b, of [m, k] and [k, n] */
  times(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D;
  /** diag(c) x, of [m, 1] and [m, n] */
  scaleRows(c: tf.Tensor, x: tf.Tensor): tf.Tensor;
}

const times = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D => tf.matMul(a, b);
const scaleRows = (c: tf.Tensor, x: tf.Tensor): tf.Tensor => tf.mul(c, x);

const flags: Products = {
  timesTransposed: (a, b) => tf.matMul(a, b, false, true),
  transposedTimes: (a, b) => tf.matMul(a, b, true),
  times,
  scaleRows,
};

const wasm: Products = {
  timesTransposed: (a, b) =>
    a.size < b.size ? tf.transpose(times(b, tf.transpose(a))) : times(a, tf.transpose(b)),
  transposedTimes: (a, b) => times(tf.transpose(a), b),
  times,
  scaleRows,
};

/** A matrix in host memory, row by row. */
interface Rows {
  readonly values: ArrayLike<number>;
  readonly shape: readonly [number, number];
}

const rowsOf = (x: tf.Tensor2D): Rows => ({ values: x.dataSync(), shape: x.shape });

const cpu: Products = {
  timesTransposed: (a, b) => dotsOfRows(rowsOf(a), rowsOf(b)),
  transposedTimes: (a, b) => dotsOfRows(transposed(rowsOf(a)), transposed(rowsOf(b))),
  times: (a, b) => dotsOfRows(rowsOf(a), transposed(rowsOf(b))),
  scaleRows: (c, x) => {
    const [scales, values] = [c.dataSync(), x.dataSync()];
    const width = x.size / scales.length;
    const scaled = Float32Array.from(values as Float32Array);
    for (let i = 0, p = 0; i < scales.length; i++) {
      for (const end = p + width; p < end; p++) {
        scaled[p] = (scaled[p] as number) * (scales[i] as number);
      }
    }
    return tf.tensor(scaled, x.shape);
  },
};

function transposed({ values, shape: [m, n] }: Rows): Rows {
  const result = new Float32Array(m * n);
  for (let i = 0, p = 0; i < m; i++) {
    for (let j = 0, q = i; j < n; j++, p++, q += m) {
      result[q] = values[p] as number;
    }
  }
  return { values: result, shape: [n, m] };
}

/** Two rows with two rows at a time; where one is left over, it is taken twice. */
function dotsOfRows(
  { values: x, shape: [m, k] }: Rows,
  { values: y, shape: [n] }: Rows,
): tf.Tensor2D {
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
        const a = x[p] as number;
        const b = x[p + toBelow] as number;
        const c = y[q] as number;
        const d = y[q + toRight] as number;
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
  return tf.tensor2d(product, [m, n]);
}

/** By backend; the first for all that are not named. */
export const variants: Readonly<Record<string, Products>> = { others: flags, cpu, wasm };

export const products = (): Products => variants[tf.getBackend()] ?? flags;
