import * as tf from '@tensorflow/tfjs-core';
import { type Head, inLoop, type SoftmaxRow } from '@toploss/core/kit';
import { predictRow } from '../head/row.js';
import { QuadraticRow, quadraticOfRow } from './quadratic-loop.js';

export interface Predictions {
  readonly head: Head;
  /** […, C]; 0 in the rows that do not count. */
  readonly logits: tf.Tensor;
  /** […]: true in the rows that count; default all. */
  readonly counts: tf.Tensor | undefined;
}

/** V if all logits are 0. */
export const LEAST_SIGNAL = 1e-6;

/** `ratioOfOperations` in one loop over the rows, in double precision. */
export const hostRatio = (
  predictions: Predictions,
  T: tf.Scalar,
): { value: tf.Scalar; grads: tf.Tensor[] } | undefined => {
  const { logits, counts } = predictions;
  return inLoop([T, logits, ...(counts ? [counts] : [])], ([t], z, shown) =>
    ratioOf(predictions, t!, z!, shown),
  );
};

function ratioOf(
  { head, logits }: Predictions,
  t: number,
  z: Float32Array,
  shown: Float32Array | undefined,
) {
  const C = logits.shape.at(-1)!;
  const N = shown === undefined ? logits.size / C : shown.filter((one) => one !== 0).length;
  const row = new QuadraticRow(C);
  const meanP = new Float64Array(C);
  const byLogits = new Float32Array(logits.size);
  let [V, h] = [LEAST_SIGNAL, 0];
  for (let start = 0, i = 0; start < logits.size; start += C, i++) {
    if (shown?.[i] === 0) {
      continue;
    }
    predictRow[head](z, start, row);
    for (let c = 0; c < C; c++) {
      const logit = z[start + c]!;
      row.delta[c] = logit === Number.NEGATIVE_INFINITY ? 0 : logit; // a masked class
      meanP[c]! += row.p[c]! / N;
    }
    V += quadraticOfRow[head](row) / N;
    h += entropies[head](row) / N;
    for (let c = 0; c < C; c++) {
      byLogits[start + c] = (row.byLogits[c]! + row.byDelta[c]!) / N;
    }
  }
  const ofMean = entropies[head]({ p: meanP, q: meanP.map((p) => 1 - p) });
  // Only rounding makes this negative.
  const gamma = head === 'linear' ? 1 : (Math.max(ofMean - h, 0) * h) / (h + 0.25);
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

type Probabilities = Pick<SoftmaxRow, 'p' | 'q'>;

/** −p ln p */
const nats = (p: number) => (p > 0 ? -p * Math.log(p) : 0);

/** The largest possible entropy of a row of C classes; the linear head has none. */
export const mostNats: Readonly<Record<Head, (C: number) => number>> = {
  softmax: (C) => Math.log(Math.max(C, 2)),
  sigmoid: (C) => C * Math.LN2,
  linear: () => 1,
};

/** Entropies as a share of the largest possible one. */
const entropies = {
  softmax: ({ p }: Probabilities) =>
    p.reduce((h, pc) => h + nats(pc), 0) / mostNats.softmax(p.length),
  sigmoid: ({ p, q }: Probabilities) =>
    p.reduce((h, s, c) => h + nats(s) + nats(q[c]!), 0) / mostNats.sigmoid(p.length),
  linear: () => 0,
};
