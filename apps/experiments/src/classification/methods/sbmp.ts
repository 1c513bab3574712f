import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { sbmp as term } from '@toploss/sbmp';
import type { Step, Training } from './step.js';

export interface SbmpOptions {
  lambda: number;
  alpha: number;
  /** The part of the batch that is looked at. */
  fraction: number;
}

/** The cross-entropy with SBMP, the inputs being the embeddings. */
export function sbmp(
  { lambda, alpha, fraction }: SbmpOptions,
  { network, optimizer, seed }: Training,
): Step {
  const step = trainStep({
    optimizer,
    params: network.params,
    terms: [term({ lambda, alpha, fraction, seed })],
  });
  const modelFn = (x: tf.Tensor2D) => network.forward(x).logits;
  return {
    take: ({ x, y }) => {
      const losses = step(() => {
        const logits = modelFn(x);
        const loss = tf.losses.softmaxCrossEntropy(y, logits) as tf.Scalar;
        return { loss, logits, modelFn, embeddings: x };
      });
      tf.dispose(losses);
    },
  };
}
