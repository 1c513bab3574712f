import * as tf from '@tensorflow/tfjs-core';
import { hostValues } from '@toploss/core';
import type { HeadInputs, HeadLoss, HeadLossOptions } from './head-loss.js';
import { type HostRow, hostHeads } from './host-heads.js';

/**
 * `headLoss` in one loop over the examples, in double precision; nothing where the values would have to be
 * waited for.
 */
export function hostHeadLoss(
  { logits, features, targets, mask }: HeadInputs,
  { curvature, head, includeBias, loss, lambda }: HeadLossOptions,
): HeadLoss | undefined {
  const [z, y, counts] = [logits, targets, mask].map((x) => x && hostValues(x));
  if (z === undefined || y === undefined) {
    return undefined;
  }
  const [B, C] = logits.shape;
  const hidden = counts === undefined ? 0 : Array.from(counts).filter((x) => x === 0).length;
  const share = 1 / Math.max(B - hidden, 1);
  const labels = targets.rank === 1 ? oneHotRows(y) : softRows(y, C);
  const { predict, lossOf, curvatures } = hostHeads[head];
  const curvatureOf = curvatures[curvature];
  const S = lambda === 0 ? undefined : squaredLengths(features, includeBias);

  const dLogits = new Float32Array(B * C);
  const ofFeatures = new Float32Array(B);
  const row: HostRow = {
    y: new Float64Array(C),
    p: new Float64Array(C),
    e: new Float64Array(C),
    dc: new Float64Array(C),
    likely: 0,
    unlikely: 0,
    logSum: 0,
  };
  const { e, dc } = row;
  let value = 0;
  for (let i = 0; i < B; i++) {
    if (counts?.[i] === 0) {
      continue;
    }
    const [start, end] = [i * C, (i + 1) * C];
    const zi = z.subarray(start, end);
    labels(row.y, i);
    predict(zi, row);
    if (loss) {
      value += share * lossOf(zi, row);
    }
    const ofError = loss ? share : 0;
    if (S === undefined && loss) {
      for (let k = 0; k < C; k++) {
        dLogits[start + k] = share * (e[k] as number);
      }
    } else if (S !== undefined) {
      const weight = lambda * share;
      const c = curvatureOf(row);
      value += weight * c * (S[i] as number);
      ofFeatures[i] = 2 * weight * c;
      const ofCurvature = weight * (S[i] as number);
      for (let k = 0; k < C; k++) {
        dLogits[start + k] = ofError * (e[k] as number) + ofCurvature * (dc[k] as number);
      }
    }
  }
  return {
    value: tf.scalar(value),
    dLogits: tf.tensor2d(dLogits, [B, C]),
    dFeatures: lambda === 0 ? tf.zerosLike(features) : scaledRows(ofFeatures, features, counts),
  };
}

/** Writes the labels of an example. */
type Labels = (into: Float64Array, example: number) => void;

function oneHotRows(classes: ArrayLike<number>): Labels {
  let last = 0;
  return (into, example) => {
    into[last] = 0;
    last = classes[example] as number;
    into[last] = 1;
  };
}

const softRows =
  (y: Float32Array | Int32Array | Uint8Array, C: number): Labels =>
  (into, example) =>
    into.set(y.subarray(example * C, (example + 1) * C));

/** ‖h_i‖² + 1. On wasm the operations are faster, as nothing has to be copied out of its memory. */
function squaredLengths(features: tf.Tensor2D, includeBias: boolean): ArrayLike<number> {
  const [B, D] = features.shape;
  const one = includeBias ? 1 : 0;
  if (tf.getBackend() !== 'cpu') {
    return tf.add(tf.sum(tf.square(features), 1), one).dataSync();
  }
  const h = features.dataSync();
  const lengths = new Float64Array(B);
  for (let i = 0; i < B; i++) {
    let total = one;
    for (let j = i * D; j < (i + 1) * D; j++) {
      total += (h[j] as number) * (h[j] as number);
    }
    lengths[i] = total;
  }
  return lengths;
}

/** a_i h_i, and 0 for what does not count, whatever it is. */
function scaledRows(
  a: Float32Array,
  features: tf.Tensor2D,
  counts: ArrayLike<number> | undefined,
): tf.Tensor {
  const [B, D] = features.shape;
  if (tf.getBackend() !== 'cpu' && counts === undefined) {
    return tf.mul(tf.tensor2d(a, [B, 1]), features);
  }
  const h = features.dataSync();
  const scaled = new Float32Array(B * D);
  for (let i = 0; i < B; i++) {
    const factor = a[i] as number;
    if (counts?.[i] !== 0) {
      for (let j = i * D; j < (i + 1) * D; j++) {
        scaled[j] = factor * (h[j] as number);
      }
    }
  }
  return tf.tensor2d(scaled, [B, D]);
}
