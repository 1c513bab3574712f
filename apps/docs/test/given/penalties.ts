// Some penalties, and one of the reader's own.
import * as tf from '@tensorflow/tfjs-core';

export { cvp } from '@toploss/cvp';
export { sasp } from '@toploss/sasp';

export const mine = () => ({
  name: 'mine',
  penalty: ({ logits }: { logits: tf.Tensor2D }) =>
    tf.mul(0.01, tf.mean(tf.square(logits))) as tf.Scalar,
});
