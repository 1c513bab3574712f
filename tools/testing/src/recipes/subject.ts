import * as tf from '@tensorflow/tfjs-core';
import type { Batch, Model } from './models.js';

/** A loss or a penalty of a model on a batch. */
export interface Subject {
  readonly name: string;
  /** A scalar that all parameters reach: with the cross-entropy, where the penalty does not read the logits. */
  value(model: Model, batch: Batch): tf.Scalar;
  /** With what the gradient stops at held as it is now; default the value itself. */
  hold?(model: Model, batch: Batch): () => tf.Scalar;
  /** Reads the layers, which not every model has. */
  readonly ofLayers?: true;
  /** Sees the logits through a softmax, which a constant does not change. */
  readonly isShiftable?: true;
}

export const run = ({ embed, forward }: Model, { x }: Batch) => {
  const embeddings = embed(x);
  return { embeddings, ...forward(embeddings) };
};

/** From the embeddings to the logits. */
export const modelFn = (model: Model) => (embeddings: tf.Tensor) =>
  model.forward(embeddings).logits;

/** mean_i −Σ y log p */
export const crossEntropy = (logits: tf.Tensor2D, labels: tf.Tensor2D): tf.Scalar =>
  tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), 1)));
