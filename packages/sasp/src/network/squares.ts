import * as tf from '@tensorflow/tfjs-core';
import { withPullback } from '@toploss/core';

/** ‖xᵢ‖² of every example, [B, …] → [B]. */
export function squaresOfRows(x: tf.Tensor): tf.Tensor1D {
  return withPullback([x], () => {
    const rows = tf.reshape(x, [x.shape[0] as number, -1]);
    return {
      value: tf.sum(tf.square(rows), 1) as tf.Tensor1D,
      saved: [x],
      pullback: (dy, [x]) => {
        const column = tf.reshape(dy, [dy.size, ...Array((x as tf.Tensor).rank - 1).fill(1)]);
        return [tf.mul(tf.mul(2, column), x as tf.Tensor)];
      },
    };
  });
}
