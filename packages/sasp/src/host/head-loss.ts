import * as tf from '@tensorflow/tfjs-core';
import { hostView, isLooped, sumOfProducts } from '@toploss/core/kit';
import type { HeadLoss, HeadLossOptions } from '../head-loss.js';
import type { HeadInputs } from '../inputs.js';
import { countRows, type Labels, labelsOf } from './labels.js';
import { linear } from './linear.js';
import { type HostRow, hostRow, writeError } from './row.js';
import { sigmoid } from './sigmoid.js';
import { softmax } from './softmax.js';

export const hostHeads = { softmax, sigmoid, linear };

/**
 * `headLoss` in one loop over the examples, in double precision; nothing where the values would have to be
 * waited for.
 */
export function hostHeadLoss(inputs: HeadInputs, options: HeadLossOptions): HeadLoss | undefined {
  const { logits, features } = inputs;
  if (hostView(logits) === undefined) {
    return undefined;
  }
  const [B, C] = logits.shape;
  const row = hostRow(C);
  const labels = labelsOf(inputs, options.head);
  const { counts, n } = countRows(inputs, labels, row.y);
  if (options.loss || options.lambda !== 0) {
    return inOneLoop(inputs, options, { row, labels, counts, share: 1 / Math.max(n, 1) });
  }
  for (let i = 0; i < B; i++) {
    if (counts?.[i] !== 0) {
      labels(row.y, i); // refuses what is no label
    }
  }
  return {
    value: tf.scalar(0),
    dLogits: tf.zerosLike(logits),
    dFeatures: tf.zerosLike(features),
  };
}

interface Rows {
  /** The row that is being looked at. */
  readonly row: HostRow;
  readonly labels: Labels;
  /** 0 for the rows that do not count. */
  readonly counts: Uint8Array | undefined;
  /** Of each in the mean. */
  readonly share: number;
}

function inOneLoop(
  { logits, features }: HeadInputs,
  { curvature, head, includeBias, loss, lambda }: HeadLossOptions,
  { row, labels, counts, share }: Rows,
): HeadLoss {
  const [B, C] = logits.shape;
  const { predict, lossOf, curvatures } = hostHeads[head];
  const { sizeOf, writeGradient } = curvatures[curvature];
  const z = hostView(logits) as Float32Array;
  const S = lambda === 0 ? undefined : squaredLengths(features, includeBias);
  const dLogits = new Float32Array(B * C);
  const ofFeatures = new Float64Array(B); // a factor may be beyond float32 where the product with 0 is not
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
      value += weight * c * S[i]!;
      ofFeatures[i] = 2 * weight * c;
      writeGradient(row, ofError, weight * S[i]!, dLogits, i * C);
    }
  }
  return {
    value: tf.scalar(value),
    dLogits: tf.tensor2d(dLogits, [B, C]),
    dFeatures: lambda === 0 ? tf.zerosLike(features) : scaledRows(ofFeatures, features, counts),
  };
}

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
    const factor = a[i]!;
    if (counts?.[i] !== 0) {
      for (let j = i * D; j < (i + 1) * D; j++) {
        scaled[j] = factor * h[j]!;
      }
    }
  }
  return tf.tensor2d(scaled, [B, D]);
}
