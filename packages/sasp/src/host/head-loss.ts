import * as tf from '@tensorflow/tfjs-core';
import { hostValues, hostView, isLooped, sumOfProducts } from '@toploss/core';
import type { HeadLoss, HeadLossOptions } from '../head-loss.js';
import type { HeadInputs } from '../inputs.js';
import { linear } from './linear.js';
import { hostRow, writeError } from './row.js';
import { sigmoid } from './sigmoid.js';
import { softmax } from './softmax.js';

const hostHeads = { softmax, sigmoid, linear };

/**
 * `headLoss` in one loop over the examples, in double precision; nothing where the values would have to be
 * waited for.
 */
export function hostHeadLoss(
  { logits, features, targets, mask }: HeadInputs,
  { curvature, head, includeBias, loss, lambda }: HeadLossOptions,
): HeadLoss | undefined {
  const z = hostView(logits);
  if (z === undefined) {
    return undefined;
  }
  const y = hostView(targets) as Float32Array | Int32Array | Uint8Array;
  const counts = mask && hostValues(mask); // read again when there are new tensors
  const [B, C] = logits.shape;
  const hidden = counts === undefined ? 0 : Array.from(counts).filter((x) => x === 0).length;
  const share = 1 / Math.max(B - hidden, 1);
  const labels = targets.rank === 1 ? oneHotRows(y) : softRows(y, C);
  const { predict, lossOf, curvatures } = hostHeads[head];
  const { sizeOf, writeGradient } = curvatures[curvature];
  if (!loss && lambda === 0) {
    return {
      value: tf.scalar(0),
      dLogits: tf.zerosLike(logits),
      dFeatures: tf.zerosLike(features),
    };
  }
  const S = lambda === 0 ? undefined : squaredLengths(features, includeBias);

  const dLogits = new Float32Array(B * C);
  const ofFeatures = new Float64Array(B); // a factor may be beyond float32 where the product with 0 is not
  const row = hostRow(C);
  let value = 0;
  for (let i = 0; i < B; i++) {
    if (counts?.[i] === 0) {
      continue;
    }
    labels(row.y, i);
    predict(z, i * C, row);
    const ofError = loss ? share : 0;
    if (loss) {
      value += share * lossOf(z, i * C, row);
    }
    if (S === undefined) {
      writeError(row, ofError, dLogits, i * C);
    } else {
      const weight = lambda * share;
      const c = sizeOf(row);
      value += weight * c * (S[i] as number);
      ofFeatures[i] = 2 * weight * c;
      writeGradient(row, ofError, weight * (S[i] as number), dLogits, i * C);
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

/** ‖h_i‖² + 1. */
function squaredLengths(features: tf.Tensor2D, includeBias: boolean): Float64Array {
  const [B, D] = features.shape;
  const one = includeBias ? 1 : 0;
  const h = hostView(features) as Float32Array;
  const lengths = new Float64Array(B);
  for (let i = 0; i < B; i++) {
    lengths[i] = one + sumOfProducts(h, h, i * D, (i + 1) * D);
  }
  return lengths;
}

/** a_i h_i, and 0 for what does not count, whatever it is. */
function scaledRows(
  a: Float64Array,
  features: tf.Tensor2D,
  counts: ArrayLike<number> | undefined,
): tf.Tensor {
  const [B, D] = features.shape;
  const factors = Float32Array.from(a);
  if (counts === undefined && !isLooped(features.size) && factors.every(Number.isFinite)) {
    return tf.mul(tf.tensor2d(factors, [B, 1]), features);
  }
  const scaled = new Float32Array(B * D);
  const h = hostView(features) as Float32Array;
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
