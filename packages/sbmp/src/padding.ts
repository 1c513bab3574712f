import * as tf from '@tensorflow/tfjs-core';

/**
 * `[B]`, true or 1 for the examples that count, or `[B, L]` for their positions, the second dimension of the
 * embeddings; the rest is padding and may hold anything.
 */
export type Mask = tf.Tensor1D | tf.Tensor2D;

/** What is live, in the rank of `like`, of size 1 where it is the same for all. */
const alongside = (live: tf.Tensor, like: tf.Tensor) =>
  tf.reshape(live, [...live.shape, ...Array<number>(like.rank - live.rank).fill(1)]);

/** The live entries of the embeddings: bool, broadcast over the trailing dimensions. */
export const liveEntries = (mask: Mask, embeddings: tf.Tensor): tf.Tensor =>
  alongside(tf.cast(mask, 'bool'), embeddings);

/** The live rows of the logits, in the same way; where these have no positions, the examples with a live one. */
export function liveRows(mask: Mask, logits: tf.Tensor): tf.Tensor {
  const live = tf.cast(mask, 'bool');
  return alongside(mask.rank === 2 && logits.rank === 2 ? tf.any(live, 1) : live, logits);
}

/** How many examples are not wholly padding. */
export function countExamples(mask: Mask): tf.Scalar {
  const live = tf.cast(mask, 'bool');
  return tf.sum(tf.cast(mask.rank === 2 ? tf.any(live, 1) : live, 'float32'));
}
