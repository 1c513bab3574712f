import * as tf from '@tensorflow/tfjs-core';
import { hostView } from '@toploss/core/kit';
import type { LossEnd } from '../watch/pass.js';

/**
 * The targets of an output, as its loss gets them. For a loss of class indices they have the shape of the rows and are
 * int32. With a NaN among them they stay float32, since int32 has no NaN: the term refuses or ignores that row. On a
 * device a NaN can't be seen; there it becomes −1, which is no class.
 */
export function targetsOf({ yTrue, lossGiven }: Pick<LossEnd, 'yTrue' | 'lossGiven'>): tf.Tensor {
  if (lossGiven !== 'sparseCategoricalCrossentropy') {
    return yTrue;
  }
  const indices = tf.squeeze(yTrue, [yTrue.rank - 1]);
  const values = hostView(indices);
  if (values === undefined) {
    return tf.cast(tf.where(tf.isNaN(indices), -1, indices), 'int32');
  }
  return values.some(Number.isNaN) ? indices : tf.cast(indices, 'int32');
}
