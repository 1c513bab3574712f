import * as tf from '@tensorflow/tfjs-core';
import type { SequentialLayer } from '@toploss/sasp';

/** The network in plain operations, with something added before the activation of one layer. */
export function shiftedLogits(
  specification: readonly SequentialLayer[],
  images: tf.Tensor4D,
  at: number,
  shift: tf.Tensor,
): tf.Tensor {
  let x: tf.Tensor = images;
  for (const [l, layer] of specification.entries()) {
    if ('pool' in layer) {
      const { pool, size } = layer;
      x = (pool === 'max' ? tf.maxPool : tf.avgPool)(x as tf.Tensor4D, size, size, 'valid');
    } else if ('kernel' in layer) {
      const { kernel, bias, activation } = layer;
      const s =
        kernel.rank === 4
          ? tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same')
          : tf.matMul(tf.reshape(x, [images.shape[0], -1]), kernel as tf.Tensor2D);
      const sum = tf.add(s, bias as tf.Tensor);
      const shifted = l === at ? tf.add(sum, shift) : sum;
      x = activation === 'relu' ? tf.relu(shifted) : shifted;
    }
  }
  return x;
}
