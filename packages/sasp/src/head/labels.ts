import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import type { HeadInputs } from './inputs.js';

/** A batch as the formulas read it. */
export interface Batch {
  /** z: [B, C] */
  readonly logits: tf.Tensor2D;
  /** h: [B, D] */
  readonly features: tf.Tensor2D;
  /** y: [B, C] */
  readonly labels: tf.Tensor;
  /** 1 for a label that is there, 0 for one that is missing, [B, C]; `undefined` where all of a row are. */
  readonly present: tf.Tensor | undefined;
  /** The share of each example in the mean, 1/B for all or, where n of them count, 1/n: [B, 1]. */
  readonly share: tf.Tensor;
}

/**
 * True where a label is missing, of the shape of the targets; `undefined` where none can be. What is NaN is missing,
 * said or not: on a device it cannot be seen, and must not reach a weight.
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

/** True for the rows that have no label: [B]. A softmax needs all of a row, the other heads any. */
export function rowsWithout(missing: tf.Tensor, logits: tf.Tensor, head: Head): tf.Tensor {
  if (missing.rank < logits.rank) {
    return missing;
  }
  return head === 'softmax' ? tf.any(missing, -1) : tf.all(missing, -1);
}

/** What does not count is zero, whatever it was: padding may hold anything. */
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

/** 1/n for each of the n that count: [B, 1]. */
const shares = (counts: tf.Tensor): tf.Tensor =>
  tf.expandDims(tf.div(counts, tf.maximum(tf.sum(counts), 1)), 1);

/** tf.oneHot, which refuses a single class. */
function oneHot(indices: tf.Tensor, classes: number): tf.Tensor {
  const isClass = tf.equal(
    tf.expandDims(indices, 1),
    tf.range(0, classes, 1, indices.dtype as 'int32'),
  );
  return tf.cast(isClass, 'float32');
}
