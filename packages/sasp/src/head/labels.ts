import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import type { HeadInputs } from './inputs.js';

/** A batch in the form that the formulas read. */
export interface Batch {
  /** z: [B, C] */
  readonly logits: tf.Tensor2D;
  /** h: [B, D] */
  readonly features: tf.Tensor2D;
  /** y: [B, C] */
  readonly labels: tf.Tensor;
  /** [B, C]: 0 for missing labels, else 1; `undefined` if none can be missing within a row. */
  readonly present: tf.Tensor | undefined;
  /** The weight of each example in the mean, 1/n if n of them count: [B, 1], or a scalar if all do. */
  readonly share: tf.Tensor;
}

/**
 * True for each target that is missing, in the targets' shape; `undefined` if none can be. NaN always counts as missing:
 * on a GPU nobody sees it, and it must not reach the weights.
 */
export function missingLabels(
  targets: tf.Tensor,
  ignoreLabel: number | undefined,
): tf.Tensor | undefined {
  const unknown = targets.dtype === 'float32' ? tf.isNaN(targets) : undefined;
  if (ignoreLabel === undefined || Number.isNaN(ignoreLabel)) {
    return unknown;
  }
  const isIgnored = tf.equal(targets, ignoreLabel);
  return unknown === undefined ? isIgnored : tf.logicalOr(unknown, isIgnored);
}

/** True for the rows without a label: [B]. A softmax needs all labels of a row, the other heads at least one. */
export function rowsWithout(missing: tf.Tensor, logits: tf.Tensor, head: Head): tf.Tensor {
  if (missing.rank < logits.rank) {
    return missing;
  }
  return head === 'softmax' ? tf.any(missing, -1) : tf.all(missing, -1);
}

/** Sets masked rows to 0, since padding may hold anything. */
export function batchOf(
  { logits, features, targets, mask, ignoreLabel }: HeadInputs,
  head: Head,
): Batch {
  const [batch, classes] = logits.shape;
  const missing = missingLabels(targets, ignoreLabel);
  const without = missing && rowsWithout(missing, logits, head);
  const given = targets.rank === 1 ? oneHot(targets, classes) : tf.cast(targets, 'float32');
  const labels =
    missing === undefined || missing.rank === 1
      ? given
      : tf.where(head === 'softmax' ? tf.expandDims(without as tf.Tensor, 1) : missing, 0, given);
  const present = head === 'softmax' ? undefined : missing && not(missing);
  if (mask === undefined) {
    const share = without ? shares(not(without)) : tf.scalar(1 / batch);
    return { logits, features, labels, present, share };
  }
  const shown = tf.reshape(tf.cast(mask, 'bool'), [batch, 1]);
  const visible = <T extends tf.Tensor>(x: T): T => tf.where(shown, x, tf.zerosLike(x));
  const counts = tf.cast(tf.squeeze(shown, [1]), 'float32');
  return {
    logits: visible(logits),
    features: visible(features),
    labels: visible(labels),
    present,
    share: shares(without ? tf.mul(counts, not(without)) : counts),
  };
}

const not = (missing: tf.Tensor): tf.Tensor => tf.sub(1, tf.cast(missing, 'float32'));

/** 1/n for each of the n rows that count, else 0: [B, 1]. */
const shares = (counts: tf.Tensor): tf.Tensor =>
  tf.expandDims(tf.div(counts, tf.maximum(tf.sum(counts), 1)), 1);

/** As tf.oneHot, which does not accept a single class. */
function oneHot(indices: tf.Tensor, classes: number): tf.Tensor {
  const isClass = tf.equal(
    tf.expandDims(indices, 1),
    tf.range(0, classes, 1, indices.dtype as 'int32'),
  );
  return tf.cast(isClass, 'float32');
}
