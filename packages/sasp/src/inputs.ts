import * as tf from '@tensorflow/tfjs-core';
import {
  checkArgument,
  checkClasses,
  checkTensor,
  float32,
  type Head,
  hostValues,
  reject,
} from '@toploss/core';

/** Class indices `int32 [B]`, or one-hot or soft labels `[B, C]`. */
type Targets = tf.Tensor1D | tf.Tensor2D;

export interface HeadInputs {
  /** z: [B, C] */
  readonly logits: tf.Tensor2D;
  /** h: [B, D] */
  readonly features: tf.Tensor2D;
  readonly targets: Targets;
  /** [B], what counts. */
  readonly mask?: tf.Tensor1D | undefined;
}

const where = 'sasp';

/** TypeScript seldom knows the rank of a tensor, so that any will do until here. */
export function checkInputs(
  inputs: Record<keyof HeadInputs, tf.Tensor | undefined>,
  head: Head,
): HeadInputs {
  const { logits, features, targets, mask } = inputs;
  const [batch, classes] = checkTensor(where, 'logits', logits, ['B', 'C']) as [number, number];
  if (batch === 0 || classes === 0) {
    reject(where, 'logits', 'to have at least one example and one class', logits);
  }
  checkArgument(where, 'logits', logits, float32);
  checkClasses(where, 'logits', logits as tf.Tensor, head);
  checkTensor(where, 'features', features, [batch, 'D']);
  if (mask !== undefined) {
    checkTensor(where, 'mask', mask, [batch]);
  }
  checkTargets(targets, [batch, classes], head, mask);
  return inputs as HeadInputs;
}

function checkTargets(
  targets: unknown,
  [batch, classes]: readonly [number, number],
  head: Head,
  mask: tf.Tensor | undefined,
): void {
  if (!(targets instanceof tf.Tensor) || targets.rank !== 1) {
    checkTensor(where, 'targets', targets, [batch, classes]);
    return;
  }
  checkTensor(where, 'targets', targets, [batch]);
  if (head !== 'softmax') {
    reject(where, 'targets', `of shape [${batch}, ${classes}], as the ${head} head needs`, targets);
  }
  if (targets.dtype !== 'int32') {
    reject(where, 'targets', 'of dtype int32, being class indices', targets);
  }
  const counts = mask && hostValues(mask);
  const outside = hostValues(targets)?.find(
    (index: number, i: number) => (index < 0 || index >= classes) && counts?.[i] !== 0,
  );
  if (outside !== undefined) {
    reject(where, 'targets', `to be class indices from 0 to ${classes - 1}`, outside);
  }
}

/** A batch as the formulas read it. */
export interface Batch {
  /** z: [B, C] */
  readonly logits: tf.Tensor2D;
  /** h: [B, D] */
  readonly features: tf.Tensor2D;
  /** y: [B, C] */
  readonly labels: tf.Tensor;
  /** The share of each example in the mean, 1/B for all or, for each of n under a mask, 1/n: [B, 1]. */
  readonly share: tf.Tensor;
}

/** What the mask hides is zero, whatever it was: padding may hold anything. */
export function batchOf(
  logits: tf.Tensor2D,
  features: tf.Tensor2D,
  targets: Targets,
  mask: tf.Tensor1D | undefined,
): Batch {
  const [batch, classes] = logits.shape;
  const labels =
    targets.rank === 1 ? oneHot(targets as tf.Tensor1D, classes) : tf.cast(targets, 'float32');
  if (mask === undefined) {
    return { logits, features, labels, share: tf.scalar(1 / batch) };
  }
  const counts = tf.reshape(tf.cast(mask, 'bool'), [batch, 1]);
  const visible = <T extends tf.Tensor>(x: T): T => tf.where(counts, x, tf.zerosLike(x));
  const weights = tf.cast(counts, 'float32');
  return {
    logits: visible(logits),
    features: visible(features),
    labels: visible(labels),
    share: tf.div(weights, tf.maximum(tf.sum(weights), 1)),
  };
}

/** tf.oneHot, which refuses a single class. */
function oneHot(indices: tf.Tensor1D, classes: number): tf.Tensor {
  const isClass = tf.equal(tf.expandDims(indices, 1), tf.range(0, classes, 1, 'int32'));
  return tf.cast(isClass, 'float32');
}
