import * as tf from '@tensorflow/tfjs-core';
import type { Network } from './network.js';

/** ‖W‖ of all kernels together; the biases, which nothing decays, are left out. */
export function kernelNorm({ params }: Network): number {
  return tf.tidy(() => {
    const squares = params.filter(({ rank }) => rank > 1).map((W) => tf.sum(tf.square(W)));
    return tf.sqrt(tf.addN(squares)).dataSync()[0] as number;
  });
}
