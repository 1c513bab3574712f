import * as tf from '@tensorflow/tfjs-core';
import { addScaled, finiteEntries, rademacher, withPullback } from '@toploss/core/kit';
import { liveEntries, type Mask } from './padding.js';

/** ξ: as given, or signs drawn from the seed. */
export function noiseOf(
  embeddings: tf.Tensor,
  noise: tf.Tensor | undefined,
  seed: number,
): tf.Tensor {
  return noise === undefined ? rademacher(embeddings.shape, seed) : tf.cast(noise, 'float32');
}

/**
 * Ê = E + (α/√m) ξ, where m is the number of entries of one example, so that every example moves by exactly α.
 *
 * Under a mask m counts the live entries of each example, and padding gets no noise.
 */
export function perturbed<E extends tf.Tensor>(
  embeddings: E,
  noise: tf.Tensor,
  alpha: number,
  mask: Mask | undefined,
): E {
  const [batch] = embeddings.shape as [number];
  const m = embeddings.size / batch;
  return mask === undefined
    ? moved(embeddings, noise, alpha / Math.sqrt(m))
    : perturbedWhereLive(embeddings, noise, alpha, mask);
}

const moved = <E extends tf.Tensor>(embeddings: E, noise: tf.Tensor, amplitude: number): E =>
  withPullback([embeddings], () => ({
    value: addScaled(embeddings, tf.scalar(amplitude), noise) as E,
    saved: [],
    pullback: (dy) => [dy],
  }));

/**
 * What is not finite in the padding becomes 0. A model that ignores its padding does not see the difference,
 * but its weights do: their gradients multiply the padding by 0, and 0·NaN is NaN.
 */
function perturbedWhereLive<E extends tf.Tensor>(
  embeddings: E,
  noise: tf.Tensor,
  alpha: number,
  mask: Mask,
): E {
  return withPullback([embeddings], () => {
    const live = liveEntries(mask, embeddings);
    const padding = tf.where(finiteEntries(embeddings), embeddings, 0);
    const moved = tf.add(embeddings, tf.mul(amplitude(alpha, live, embeddings), noise));
    const isRead = tf.logicalOr(live, finiteEntries(embeddings));
    return {
      value: tf.where(live, moved, padding) as E,
      saved: [isRead],
      pullback: (dy, [isRead]) => [tf.where(isRead as tf.Tensor, dy, 0)],
    };
  });
}

/** α/√m of every example: [B, 1, …]. */
function amplitude(alpha: number, live: tf.Tensor, embeddings: tf.Tensor): tf.Tensor {
  const axes = live.shape.map((_, axis) => axis).slice(1);
  const share = tf.mean(tf.cast(live, 'float32'), axes, true);
  const entries = embeddings.size / embeddings.shape[0]!;
  // A wholly padded example: any number but 0.
  const m = tf.maximum(tf.round(tf.mul(share, entries)), 1);
  return tf.div(alpha, tf.sqrt(m));
}
