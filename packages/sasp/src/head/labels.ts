import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import { visible } from '../trace/counting.js';
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
  const present =
    missing && head !== 'softmax' ? tf.cast(tf.logicalNot(missing), 'float32') : undefined;
  const shown = mask && tf.cast(mask, 'bool');
  const labeled = without && tf.logicalNot(without);
  const counts = shown && labeled ? tf.logicalAnd(shown, labeled) : (shown ?? labeled);
  return {
    logits: visible(logits, shown),
    features: visible(features, shown),
    labels: visible(labels, shown),
    present,
    share: counts === undefined ? tf.scalar(1 / batch) : shares(tf.cast(counts, 'float32')),
  };
}

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
