import * as tf from '@tensorflow/tfjs-core';
import { heads, type Prediction } from './heads.js';
import type { HeadInputs } from './inputs.js';
import { type Batch, batchOf } from './labels.js';
import { type HeadLoss, type HeadLossOptions, type HostHeadLoss, hostHeadLoss } from './loop.js';
import { headLossByPrograms } from './program.js';

/**
 * The loss of a head z = W h + b, and the trace of its curvature, with their gradients: first derivatives only.
 *
 *     L = Σ_i share_i (ℓ_i + λ c_i S_i),   S_i = ‖h_i‖² + 1,   c_i = ‖e_i‖² (fisher) or tr A_i (hessian)
 *
 *     ∂L/∂z_i = share_i (e_i + λ S_i ∇_z c_i),   ∂L/∂h_i = 2 λ share_i c_i h_i
 */
export const headLoss = (inputs: HeadInputs, options: HeadLossOptions): HostHeadLoss =>
  hostHeadLoss(inputs, options) ??
  headLossByPrograms(inputs, options) ??
  headLossOfOperations(inputs, options);

export function headLossOfOperations(inputs: HeadInputs, options: HeadLossOptions): HeadLoss {
  const { logits, features } = inputs;
  const batch = batchOf(inputs, options.head);
  const prediction = heads[options.head](batch.logits, batch.labels, batch.present);
  const { share } = batch;
  const loss = options.loss
    ? {
        value: tf.sum<tf.Scalar>(tf.mul(share, prediction.loss())),
        dLogits: tf.mul(share, prediction.error),
      }
    : { value: tf.scalar(0), dLogits: tf.zerosLike(logits) };
  const { lambda } = options;
  if (lambda === 0) {
    return { ...loss, dFeatures: tf.zerosLike(features) };
  }
  const trace = traceOf(prediction, batch, options);
  return {
    value: tf.add(loss.value, tf.mul(lambda, trace.value)),
    dLogits: tf.add(loss.dLogits, tf.mul(lambda, trace.dLogits)),
    dFeatures: tf.mul(lambda, trace.dFeatures),
  };
}

function traceOf(
  prediction: Prediction,
  { features, share }: Batch,
  { curvature, includeBias }: HeadLossOptions,
): HeadLoss {
  const c = prediction[curvature]();
  const squares = tf.sum(tf.square(features), 1, true);
  const S = includeBias ? tf.add(squares, 1) : squares;
  const shareOfC = tf.mul(share, c.size);
  return {
    value: tf.sum(tf.mul(shareOfC, S)),
    dLogits: tf.mul(tf.mul(share, S), c.gradient),
    dFeatures: tf.mul(tf.mul(2, shareOfC), features),
  };
}
