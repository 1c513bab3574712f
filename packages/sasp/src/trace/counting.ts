import * as tf from '@tensorflow/tfjs-core';

/** Sets the rows that do not count to 0. */
export function visible<T extends tf.Tensor>(x: T, counts: tf.Tensor | undefined): T {
  if (counts === undefined) {
    return x;
  }
  const shown = tf.reshape(counts, [...counts.shape, ...x.shape.slice(counts.rank).map(() => 1)]);
  return tf.where(shown, x, tf.zerosLike(x)) as T;
}

/** The mean over the rows that count, from the mean over all rows with the others 0; 0 if none counts. */
export function ofCounting<T extends tf.Tensor>(mean: T, counts: tf.Tensor | undefined): T {
  if (counts === undefined) {
    return mean;
  }
  const count = tf.sum(tf.cast(counts, 'float32'));
  return tf.mul(mean, tf.div(counts.size, tf.maximum(count, 1)));
}
