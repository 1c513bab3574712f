import * as tf from '@tensorflow/tfjs-core';
import { inLoop } from '@toploss/core/kit';
import type { Head } from '../heads.js';
import { type QuadraticRow, quadraticRows } from './host-quadratic.js';

export interface Predictions {
  readonly head: Head;
  /** […, C], 0 in the rows that don't count. */
  readonly logits: tf.Tensor;
  /** […]: true in the rows that count; default all. */
  readonly counts: tf.Tensor | undefined;
}

/** V of logits that are all 0. */
export const LEAST_SIGNAL = 1e-6;

/**
 * The ratio and its gradients by T and z in one loop over the rows, in double precision; nothing where the values would have to
 * be waited for.
 */
export const hostRatio = (
  predictions: Predictions,
  T: tf.Scalar,
): { value: tf.Scalar; grads: tf.Tensor[] } | undefined => {
  const { logits, counts } = predictions;
  return inLoop([T, logits, ...(counts ? [counts] : [])], ([t], z, shown) =>
    ratioLoop(predictions, t as number, z as Float32Array, shown),
  );
};

function ratioLoop(
  { head, logits }: Predictions,
  t: number,
  z: Float32Array,
  shown: Float32Array | undefined,
) {
  const C = logits.shape[logits.rank - 1]!;
  const N = shown === undefined ? logits.size / C : shown.filter((one) => one !== 0).length;
  const of = () => new Float64Array(C);
  const row = { z: of(), delta: of(), byDelta: of(), byLogits: of() } satisfies QuadraticRow;
  const mean = of();
  const byLogits = new Float32Array(logits.size);
  let [V, h] = [LEAST_SIGNAL, 0];
  for (let start = 0, i = 0; start < logits.size; start += C, i++) {
    if (shown?.[i] === 0) {
      continue;
    }
    for (let c = 0; c < C; c++) {
      const logit = z[start + c]!;
      row.z[c] = logit;
      row.delta[c] = logit === Number.NEGATIVE_INFINITY ? 0 : logit; // a class that is masked
    }
    V += quadraticRows[head](row) / N;
    for (let c = 0; c < C; c++) {
      byLogits[start + c] = (row.byLogits[c]! + row.byDelta[c]!) / N;
    }
    h += entropies[head](row.z, mean, 1 / N);
  }
  const gamma = head === 'linear' ? 1 : progress(ofMean[head](mean), h);
  const byT = (50 * gamma) / (V + 100 * t);
  const byV = (-byT * t) / V;
  for (let k = 0; k < byLogits.length; k++) {
    byLogits[k]! *= byV;
  }
  return {
    value: tf.scalar((gamma * Math.log1p((100 * t) / V)) / 2),
    grads: [tf.scalar(byT), tf.tensor(byLogits, logits.shape)],
  };
}

/** γ, of shares of the largest entropy; below 0 by rounding alone. */
const progress = (ofMean: number, h: number) => (Math.max(ofMean - h, 0) * h) / (h + 0.25);

/** −p ln p */
const nats = (p: number) => (p > 0 ? -p * Math.log(p) : 0);

/** A row's share in h; its probabilities are added to their mean. */
const entropies = {
  softmax(z: Float64Array, mean: Float64Array, share: number): number {
    const largest = z.reduce((a, b) => Math.max(a, b));
    const sum = z.reduce((total, zc) => total + Math.exp(zc - largest), 0);
    let h = 0;
    for (let c = 0; c < z.length; c++) {
      const p = Math.exp(z[c]! - largest) / sum;
      mean[c]! += share * p;
      h += nats(p);
    }
    return (share * h) / Math.log(Math.max(z.length, 2));
  },
  sigmoid(z: Float64Array, mean: Float64Array, share: number): number {
    let h = 0;
    for (let c = 0; c < z.length; c++) {
      const s = 1 / (1 + Math.exp(-z[c]!));
      mean[c]! += share * s;
      h += binary(s);
    }
    return (share * h) / z.length;
  },
  linear: () => 0,
};

const ofMean = {
  softmax: (mean: Float64Array) =>
    mean.reduce((h, p) => h + nats(p), 0) / Math.log(Math.max(mean.length, 2)),
  sigmoid: (mean: Float64Array) => mean.reduce((h, s) => h + binary(s), 0) / mean.length,
};

/** As a share of ln 2. */
const binary = (s: number) => (nats(s) + nats(1 - s)) / Math.LN2;
