import * as tf from '@tensorflow/tfjs-core';
import { type Head, inLoop, SoftmaxRow } from '@toploss/core/kit';
import { predictRow } from '../head/row.js';

/** One row and its prediction. The caller writes Δ; the head writes the gradients of ΔᵀAΔ by Δ and, through A, by z. */
export class QuadraticRow extends SoftmaxRow {
  readonly delta = new Float64Array(this.p.length);
  readonly byDelta = new Float64Array(this.p.length);
  readonly byLogits = new Float64Array(this.p.length);
}

/** `quadraticOfOperations` in one loop over the rows, in double precision. */
export const hostQuadratic = (
  head: Head,
  logits: tf.Tensor,
  moved: tf.Tensor,
  sigma: number,
): { value: tf.Scalar; grads: tf.Tensor[] } | undefined =>
  inLoop([logits, moved], (z, zMoved) => {
    const C = logits.shape.at(-1)!;
    const N = logits.size / C;
    const [byLogits, byMoved] = [new Float32Array(logits.size), new Float32Array(logits.size)];
    const row = new QuadraticRow(C);
    let value = 0;
    for (let start = 0; start < logits.size; start += C) {
      predictRow[head](z, start, row);
      for (let c = 0; c < C; c++) {
        const [from, to] = [z[start + c]!, zMoved[start + c]!];
        row.delta[c] = to === from ? 0 : (to - from) / sigma; // masked classes are −∞ in both
      }
      value += quadraticOfRow[head](row) / N;
      for (let c = 0; c < C; c++) {
        const ofMoved = row.byDelta[c]! / (sigma * N);
        byMoved[start + c] = ofMoved;
        byLogits[start + c] = row.byLogits[c]! / N - ofMoved;
      }
    }
    const grads = [byLogits, byMoved].map((values) => tf.tensor(values, logits.shape));
    return { value: tf.scalar(value), grads };
  });

/** Σ p d², d = Δ − Σ pΔ */
function softmax({ p, likely, delta, byDelta, byLogits }: QuadraticRow): number {
  // As p → 1, Δ − Σ pΔ loses all digits. Relative to the likely class's Δ, only the other classes contribute.
  const ofLikely = delta[likely]!;
  let mean = 0;
  for (let c = 0; c < p.length; c++) {
    mean += p[c]! * (delta[c]! - ofLikely);
  }
  let form = 0;
  for (let c = 0; c < p.length; c++) {
    const d = delta[c]! - ofLikely - mean;
    byDelta[c] = 2 * p[c]! * d;
    form += p[c]! * d * d;
  }
  for (let c = 0; c < p.length; c++) {
    const d = delta[c]! - ofLikely - mean;
    byLogits[c] = p[c]! * (d * d - form);
  }
  return form;
}

/** Σ s(1−s) Δ² */
function sigmoid({ p, q, delta, byDelta, byLogits }: QuadraticRow): number {
  let form = 0;
  for (let c = 0; c < p.length; c++) {
    const weighted = p[c]! * q[c]! * delta[c]!;
    const square = weighted * delta[c]!;
    byDelta[c] = 2 * weighted;
    byLogits[c] = (q[c]! - p[c]!) * square;
    form += square;
  }
  return form;
}

/** Σ Δ² */
function linear({ delta, byDelta, byLogits }: QuadraticRow): number {
  let form = 0;
  for (let c = 0; c < delta.length; c++) {
    const moved = delta[c]!;
    byDelta[c] = 2 * moved;
    byLogits[c] = 0;
    form += moved * moved;
  }
  return form;
}

export const quadraticOfRow = { softmax, sigmoid, linear };
