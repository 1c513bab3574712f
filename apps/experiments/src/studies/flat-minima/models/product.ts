import * as tf from '@tensorflow/tfjs-core';

/**
 * A B, as `tf.matMul`. Its gradients transpose first and multiply then, which on wasm takes a third of the time of one
 * operation for both.
 */
export const product = tf.customGrad((a, b, save) => {
  (save as (saved: tf.Tensor[]) => void)([a as tf.Tensor, b as tf.Tensor]);
  return {
    value: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D),
    gradFunc: (dy: tf.Tensor, [A, B]: tf.Tensor[]) => [
      tf.matMul(dy as tf.Tensor2D, tf.transpose(B as tf.Tensor2D)),
      tf.matMul(tf.transpose(A as tf.Tensor2D), dy as tf.Tensor2D),
    ],
  };
}) as (a: tf.Tensor, b: tf.Tensor) => tf.Tensor2D;
