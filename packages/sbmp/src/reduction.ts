import * as tf from '@tensorflow/tfjs-core';
import { closedForm, scaled, sum } from '@toploss/core/kit';
import { divergences } from './formula.js';
import type { SbmpOptions } from './inputs.js';
import { countExamples, liveRows, type Mask } from './padding.js';

/** Φ, the mean over the rows or the batch, and its gradients by both logits. */
export function meanDivergence(
  cleanLogits: tf.Tensor,
  noisyLogits: tf.Tensor,
  { head = 'softmax', symmetric = true, mask, reduction }: SbmpOptions,
): tf.Scalar {
  return closedForm([cleanLogits, noisyLogits], () => {
    const visible = mask === undefined ? undefined : liveRows(mask, cleanLogits);
    // Padding may hold anything; two rows of 0 do not differ.
    const [z, zHat] = [cleanLogits, noisyLogits].map((logits) =>
      visible === undefined ? logits : tf.where(visible, logits, 0),
    ) as [tf.Tensor, tf.Tensor];
    const { rows, qMinusP } = divergences[head](z, zHat, symmetric);
    const N = reduction === 'batch' ? countBatch(cleanLogits, mask) : countRows(rows, visible);
    const share = tf.div<tf.Scalar>(symmetric ? 0.5 : 1, N);
    return {
      value: tf.div(sum(rows), N),
      grads: [
        symmetric ? scaled(tf.neg(share), qMinusP) : tf.zerosLike(cleanLogits),
        scaled(share, qMinusP),
      ],
    };
  });
}

const countBatch = (logits: tf.Tensor, mask: Mask | undefined): tf.Tensor =>
  mask === undefined ? tf.scalar(logits.shape[0]!) : tf.maximum(countExamples(mask), 1);

function countRows(rows: tf.Tensor, visible: tf.Tensor | undefined): tf.Tensor {
  if (visible === undefined) {
    return tf.scalar(rows.size);
  }
  const rowsOfEach = rows.size / visible.size;
  return tf.maximum(tf.mul(rowsOfEach, tf.sum(tf.cast(visible, 'float32'))), 1);
}
