import * as tf from '@tensorflow/tfjs-core';

/** The rows that count, and 0 for the others, whatever they hold. */
export function visible<T extends tf.Tensor>(x: T, counts: tf.Tensor | undefined): T {
  if (counts === undefined) {
    return x;
  }
  const shown = tf.reshape(counts, [...counts.shape, ...x.shape.slice(counts.rank).map(() => 1)]);
  return tf.where(shown, x, tf.zerosLike(x)) as T;
}

/** The mean over the rows that count, of that over all, where the others are 0; 0 where none counts. */
export function ofCounting<T extends tf.Tensor>(mean: T, counts: tf.Tensor | undefined): T {
  if (counts === undefined) {
    return mean;
  }
  const count = tf.sum(tf.cast(counts, 'float32'));
  return tf.mul(mean, tf.div(counts.size, tf.maximum(count, 1)));
}
