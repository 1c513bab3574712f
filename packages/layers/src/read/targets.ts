import * as tf from '@tensorflow/tfjs-core';
import { hostView } from '@toploss/core/kit';

/**
 * The targets of an output, as its loss gets them; where that is a loss of class indices, these, of the shape of the
 * rows. They are int32, unless there is a NaN among them, which int32 has not: a term refuses it or is told to ignore
 * it. On a device, where it cannot be seen, it becomes −1, which is no class.
 */
export function targetsOf(loss: unknown, yTrue: tf.Tensor): tf.Tensor {
  if (loss !== 'sparseCategoricalCrossentropy') {
    return yTrue;
  }
  const indices = tf.squeeze(yTrue, [yTrue.rank - 1]);
  const values = hostView(indices);
  if (values === undefined) {
    return tf.cast(tf.where(tf.isNaN(indices), -1, indices), 'int32');
  }
  return values.some(Number.isNaN) ? indices : tf.cast(indices, 'int32');
}
