import * as tf from '@tensorflow/tfjs-core';
import { sbmp as term } from '@toploss/sbmp';
import { type Step, type Training, withTerms } from './step.js';

export interface SbmpOptions {
  lambda: number;
  alpha: number;
  /** The part of the batch that is looked at. */
  fraction: number;
}

/** The cross-entropy with SBMP, the inputs being the embeddings. */
export function sbmp({ lambda, alpha, fraction }: SbmpOptions, training: Training): Step {
  const { network, seed } = training;
  const modelFn = (x: tf.Tensor2D) => network.forward(x).logits;
  return withTerms(training, [term({ lambda, alpha, fraction, seed })], ({ x, y }) => {
    const logits = modelFn(x);
    const loss = tf.losses.softmaxCrossEntropy(y, logits) as tf.Scalar;
    return { loss, logits, modelFn, embeddings: x };
  });
}
