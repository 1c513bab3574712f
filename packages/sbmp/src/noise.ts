import * as tf from '@tensorflow/tfjs-core';
import { addScaled, finiteEntries, withPullback } from '@toploss/core/kit';
import type { Live } from './inputs.js';
import { movedByPrograms, readByPrograms } from './noise-program.js';

/**
 * Ê = E + (α/√m) ξ, where m is the number of entries of one example, so that every example moves by exactly α.
 *
 * Under a mask m counts the live entries of each example, and padding gets no noise.
 */
export const perturbed = <E extends tf.Tensor>(
  embeddings: E,
  noise: tf.Tensor,
  alpha: number,
  mask: Live | undefined,
): E =>
  withPullback([embeddings], () =>
    mask === undefined
      ? {
          value: addScaled(embeddings, amplitude(alpha, embeddings), noise) as E,
          saved: [],
          pullback: (dy) => [dy],
        }
      : {
          value:
            movedByPrograms(embeddings, noise, alpha, mask) ??
            movedByOperations(embeddings, noise, alpha, mask),
          saved: [embeddings, mask],
          pullback: (dy, [embeddings, mask]) => [readEntries(dy, embeddings!, mask as Live)],
        },
  );

const amplitude = (alpha: number, { size, shape: [batch] }: tf.Tensor): tf.Scalar =>
  tf.scalar(alpha / Math.sqrt(size / batch!));

/**
 * Entries of the padding that are not finite become 0. A model that ignores its padding does not see the difference,
 * but its weights do: their gradients multiply the padding by 0, and 0·NaN is NaN.
 */
export function movedByOperations<E extends tf.Tensor>(
  embeddings: E,
  noise: tf.Tensor,
  alpha: number,
  mask: Live,
): E {
  const live = alongside(mask, embeddings);
  const amplitude = alongside(amplitudes(alpha, mask, embeddings), embeddings);
  const moved = tf.add(embeddings, tf.mul(amplitude, noise));
  const finite = tf.where(finiteEntries(embeddings), embeddings, 0);
  return tf.where(live, moved, finite) as E;
}

/** The gradient, but for the entries that became 0. */
const readEntries = (dy: tf.Tensor, embeddings: tf.Tensor, mask: Live): tf.Tensor =>
  readByPrograms(dy, embeddings, mask) ?? readByOperations(dy, embeddings, mask);

export function readByOperations(dy: tf.Tensor, embeddings: tf.Tensor, mask: Live): tf.Tensor {
  const live = alongside(mask, embeddings);
  return tf.where(tf.logicalOr(live, finiteEntries(embeddings)), dy, 0);
}

/** α/√m of every example: [B]. */
function amplitudes(alpha: number, mask: Live, embeddings: tf.Tensor): tf.Tensor {
  const m = tf.mul(tf.sum(tf.cast(mask, 'float32'), 1), embeddings.size / mask.size);
  // A wholly padded example: any number but 0.
  return tf.div(alpha, tf.sqrt(tf.maximum(m, 1)));
}

/** Which entries are live, in the rank of `like`: of size 1 along the axes that the mask does not have. */
export const alongside = (live: tf.Tensor, like: tf.Tensor): tf.Tensor =>
  tf.reshape(live, [...live.shape, ...Array<number>(like.rank - live.rank).fill(1)]);
