import * as tf from '@tensorflow/tfjs-core';
import { type Head, inLoop, isLooped, scalarOf, sumOfProducts } from '@toploss/core/kit';
import { HeadRow, headOfRow } from './curvature-row.js';
import type { HeadInputs } from './inputs.js';
import { countRows, labelsOf } from './label-rows.js';

export interface HeadLossOptions {
  readonly curvature: 'fisher' | 'hessian';
  readonly head: Head;
  readonly includeBias: boolean;
  /** Whether to include the loss itself. */
  readonly loss: boolean;
  /** λ, the weight of the trace. */
  readonly lambda: number;
}

export interface HeadLoss<Gradient = tf.Tensor> {
  readonly value: tf.Scalar;
  readonly dLogits: Gradient;
  readonly dFeatures: Gradient;
}

/** The gradients as arrays, which need no tensors before the backward pass. */
export type HostHeadLoss = HeadLoss<tf.Tensor | Float32Array>;

/** `headLossOfOperations` in one loop over the examples, in double precision. */
export const hostHeadLoss = (
  inputs: HeadInputs,
  options: HeadLossOptions,
): HostHeadLoss | undefined =>
  inLoop(
    [inputs.logits, inputs.features, inputs.targets, ...(inputs.mask ? [inputs.mask] : [])],
    (...values) => inOneLoop(inputs, values, options),
  );

function inOneLoop(
  inputs: HeadInputs,
  [z, h, y, shown]: readonly Float32Array[],
  { curvature, head, includeBias, loss, lambda }: HeadLossOptions,
): HostHeadLoss {
  const { logits, features } = inputs;
  const [B, C] = logits.shape;
  const { predict, lossOf, [curvature]: writeCurvature } = headOfRow[head];
  const row = new HeadRow(C);
  const labels = labelsOf(inputs, head, y!);
  const { counts, n } = countRows(inputs, labels, shown, row.y);
  const share = 1 / Math.max(n, 1);
  const S = lambda === 0 ? undefined : squaredLengths(h!, B, includeBias);
  const [ofError, weight] = [loss ? share : 0, lambda * share];
  const dLogits = new Float32Array(B * C);
  const ofFeatures = new Float64Array(B); // float64: a factor beyond float32 may still meet h = 0
  let value = 0;
  for (let i = 0; i < B; i++) {
    if (counts?.[i] === 0) {
      continue;
    }
    labels(row.y, i);
    if (!loss && S === undefined) {
      continue; // λ = 0: only the labels are checked
    }
    predict(z!, i * C, row);
    value += loss ? share * lossOf(z!, i * C, row) : 0;
    const c = writeCurvature(row, ofError, S === undefined ? 0 : weight * S[i]!, dLogits, i * C);
    if (S !== undefined) {
      value += weight * c * S[i]!;
      ofFeatures[i] = 2 * weight * c;
    }
  }
  // Computed first: on wasm, the view h is invalid once a tensor is made.
  const dFeatures =
    lambda === 0 ? new Float32Array(features.size) : scaledRows(ofFeatures, features, h!, counts);
  return { value: scalarOf(value), dLogits, dFeatures };
}

/** ‖h_i‖² + 1. */
function squaredLengths(h: Float32Array, B: number, includeBias: boolean): Float64Array {
  const one = includeBias ? 1 : 0;
  const D = h.length / B;
  const lengths = new Float64Array(B);
  for (let i = 0; i < B; i++) {
    lengths[i] = one + sumOfProducts(h, h, i * D, (i + 1) * D);
  }
  return lengths;
}

/** a_i h_i, and 0 for rows that do not count. */
function scaledRows(
  a: Float64Array,
  features: tf.Tensor2D,
  h: Float32Array,
  counts: ArrayLike<number> | undefined,
): tf.Tensor | Float32Array {
  const [B, D] = features.shape;
  const factors = Float32Array.from(a);
  if (counts === undefined && !isLooped(features.size) && factors.every(Number.isFinite)) {
    return tf.mul(tf.tensor2d(factors, [B, 1]), features);
  }
  const scaled = new Float32Array(B * D);
  for (let i = 0; i < B; i++) {
    const factor = a[i]!;
    if (counts?.[i] !== 0) {
      for (let j = i * D; j < (i + 1) * D; j++) {
        scaled[j] = factor * h[j]!;
      }
    }
  }
  return scaled;
}
