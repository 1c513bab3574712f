import * as tf from '@tensorflow/tfjs-core';
import { inLoop, SoftmaxRow, softmaxRow } from '@toploss/core/kit';

/** How far apart two predictions are. */
export interface Divergence {
  /** The divergence of every row: [...]. */
  readonly rows: tf.Tensor;
  /** q − p, the gradient of KL(sg p ‖ q) by ẑ: [..., C]. */
  readonly qMinusP: tf.Tensor;
}

/**
 * `divergenceOfOperations` in one loop over the rows. In double precision, the differences of probabilities and of their
 * logarithms keep enough digits.
 *
 * @returns `undefined` where reading the values would wait for a device.
 */
export const hostDivergence = (
  z: tf.Tensor,
  zHat: tf.Tensor,
  symmetric: boolean,
): Divergence | undefined =>
  inLoop([z, zHat], (x, y) => {
    const C = z.shape.at(-1) as number;
    const rows = new Float32Array(z.size / C);
    const qMinusP = new Float32Array(z.size);
    const [clean, noisy] = [new SoftmaxRow(C), new SoftmaxRow(C)];
    for (let i = 0; i < rows.length; i++) {
      const start = i * C;
      softmaxRow(x, start, clean);
      softmaxRow(y, start, noisy);
      writeDifference(clean.p, noisy.p, qMinusP, start);
      const shift = clean.logSum - noisy.logSum;
      let total = 0;
      for (let k = 0; k < C; k++) {
        const p = clean.p[k]!;
        const difference = qMinusP[start + k]!;
        // δ = log p − log q; NaN of a class that is masked on both sides, where p = q = 0 and nothing reads it.
        const a = x[start + k]! - clean.largest;
        const b = y[start + k]! - noisy.largest;
        const delta = a - b - shift;
        total += symmetric ? symmetricTerm(difference, delta) : forwardTerm(p, difference, delta);
      }
      rows[i] = total;
    }
    return {
      rows: tf.tensor(rows, z.shape.slice(0, -1)),
      qMinusP: tf.tensor(qMinusP, z.shape),
    };
  });

/** q − p. For a class with p > ½ it is minus the sum of the others: p and q may both be 1 but for little. */
function writeDifference(
  p: Float64Array,
  q: Float64Array,
  difference: Float32Array,
  start: number,
): void {
  let others = 0;
  let likely = -1;
  for (let k = 0; k < p.length; k++) {
    const entry = q[k]! - p[k]!;
    difference[start + k] = entry;
    if (p[k]! > 0.5) {
      likely = k;
    } else {
      others += entry;
    }
  }
  if (likely >= 0) {
    difference[start + likely] = 0 - others;
  }
}

/** ½ (p − q) δ, and 0·∞ = 0. */
const symmetricTerm = (qMinusP: number, delta: number): number =>
  qMinusP === 0 ? 0 : -0.5 * qMinusP * delta;

/** p (e^−δ − 1 + δ) = q − p + p δ, where δ is small by its series, to 2e-8; and 0·∞ = 0. */
function forwardTerm(p: number, qMinusP: number, delta: number): number {
  if (Math.abs(delta) < 0.01) {
    return p * delta * delta * (1 / 2 - delta * (1 / 6 - delta / 24));
  }
  return p === 0 ? qMinusP : qMinusP + p * delta;
}
