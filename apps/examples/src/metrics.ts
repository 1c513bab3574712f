import * as tf from '@tensorflow/tfjs-core';
import type { Examples } from './data.js';
import type { Network } from './network.js';

export interface Score {
  /** Fraction of the images. */
  accuracy: number;
  /** In nats, per image. */
  crossEntropy: number;
}

export function scoreOf(network: Network, { images, oneHot }: Examples): Score {
  const [accuracy, crossEntropy] = tf.tidy(() => {
    const { logits } = network.forward(images);
    const hits = tf.equal(tf.argMax(logits, 1), tf.argMax(oneHot, 1));
    return [
      tf.mean(tf.cast(hits, 'float32')).dataSync()[0] as number,
      tf.losses.softmaxCrossEntropy(oneHot, logits).dataSync()[0] as number,
    ] as const;
  });
  return { accuracy, crossEntropy };
}
