import * as tf from '@tensorflow/tfjs-core';
import { inLoop } from '@toploss/core/kit';
import type { Head } from '../heads.js';

/** One row: Δ and z are given, the gradients of ΔᵀAΔ by Δ and, through A, by z are written. */
export interface QuadraticRow {
  readonly z: Float64Array;
  readonly delta: Float64Array;
  readonly byDelta: Float64Array;
  readonly byLogits: Float64Array;
}

/**
 * `meanQuadratic` and its gradients by z and ẑ in one loop over the rows, in double precision; nothing where the values would
 * have to be waited for.
 */
export const hostQuadratic = (
  head: Head,
  logits: tf.Tensor,
  moved: tf.Tensor,
  sigma: number,
): { value: tf.Scalar; grads: tf.Tensor[] } | undefined =>
  inLoop([logits, moved], (z, zMoved) => {
    const C = logits.shape[logits.rank - 1]!;
    const N = logits.size / C;
    const [byLogits, byMoved] = [new Float32Array(logits.size), new Float32Array(logits.size)];
    const of = () => new Float64Array(C);
    const row: QuadraticRow = { z: of(), delta: of(), byDelta: of(), byLogits: of() };
    let value = 0;
    for (let start = 0; start < logits.size; start += C) {
      for (let c = 0; c < C; c++) {
        const from = z[start + c]!;
        const to = zMoved[start + c]!;
        row.z[c] = from;
        // −∞ is what a class that is masked has in both.
        row.delta[c] = to === from ? 0 : (to - from) / sigma;
      }
      value += quadraticRows[head](row) / N;
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
function softmax({ z, delta, byDelta, byLogits }: QuadraticRow): number {
  let likely = 0;
  for (let c = 1; c < z.length; c++) {
    likely = z[c]! > z[likely]! ? c : likely;
  }
  const [largest, ofLikely] = [z[likely]!, delta[likely]!];
  let sum = 0;
  let mean = 0;
  for (let c = 0; c < z.length; c++) {
    const p = Math.exp(z[c]! - largest);
    byLogits[c] = p;
    sum += p;
    // As p → 1, Δ − Σ pΔ keeps no digit. Seen from the likely class's own Δ the sum is over the others alone.
    mean += p * (delta[c]! - ofLikely);
  }
  mean /= sum;
  let q = 0;
  for (let c = 0; c < z.length; c++) {
    const p = byLogits[c]! / sum;
    const d = delta[c]! - ofLikely - mean;
    byLogits[c] = p;
    byDelta[c] = 2 * p * d;
    q += p * d * d;
  }
  for (let c = 0; c < z.length; c++) {
    const d = delta[c]! - ofLikely - mean;
    byLogits[c] = byLogits[c]! * (d * d - q);
  }
  return q;
}

/** Σ s(1−s) Δ² */
function sigmoid({ z, delta, byDelta, byLogits }: QuadraticRow): number {
  let q = 0;
  for (let c = 0; c < z.length; c++) {
    const [s, r] = [1 / (1 + Math.exp(-z[c]!)), 1 / (1 + Math.exp(z[c]!))];
    const weighted = s * r * delta[c]!;
    const square = weighted * delta[c]!;
    byDelta[c] = 2 * weighted;
    byLogits[c] = (r - s) * square;
    q += square;
  }
  return q;
}

/** Σ Δ² */
function linear({ delta, byDelta, byLogits }: QuadraticRow): number {
  let q = 0;
  for (let c = 0; c < delta.length; c++) {
    const moved = delta[c]!;
    byDelta[c] = 2 * moved;
    byLogits[c] = 0;
    q += moved * moved;
  }
  return q;
}

export const quadraticRows = { softmax, sigmoid, linear };
