import * as tf from '@tensorflow/tfjs-core';
import { sbmp, sbmpPenalty } from '@toploss/sbmp';
import { modelFn, run, type Subject } from '@toploss/testing/recipes';

/** Σ over the rows of p log p/q, with p as it is now, a mean over `rows` of them. */
const divergenceTo = (p: tf.Tensor, logQ: tf.Tensor, rows: number): tf.Scalar =>
  tf.div(tf.sum(tf.mul(p, tf.sub(tf.log(p), logQ))), rows);

export const means = [true, false].map((symmetric): Subject => {
  const alpha = 1;
  return {
    name: `sbmp, ${symmetric ? 'both sides' : 'one side'}`,
    value: (model, batch) => {
      const { embeddings, logits } = run(model, batch);
      const options = { alpha, symmetric, noise: batch.noise };
      return sbmpPenalty(logits, modelFn(model), embeddings, options);
    },
    hold: (model, batch) => {
      const both = () => {
        const { embeddings, logits } = run(model, batch);
        const entries = embeddings.size / (embeddings.shape[0] as number);
        const step = tf.mul(alpha / Math.sqrt(entries), batch.noise);
        return [logits, modelFn(model)(tf.add(embeddings, step))] as const;
      };
      const [p, q] = both().map((logits) => tf.softmax(logits)) as [tf.Tensor, tf.Tensor];
      const rows = batch.labels.shape[0];
      return () => {
        const [logP, logQ] = both().map((logits) => tf.logSoftmax(logits)) as [
          tf.Tensor,
          tf.Tensor,
        ];
        const there = divergenceTo(p, logQ, rows);
        return symmetric ? tf.mul(0.5, tf.add(there, divergenceTo(q, logP, rows))) : there;
      };
    },
    isShiftable: true,
  };
});

export const terms = { sbmp: (lambda: number) => sbmp({ lambda, alpha: 1 }) };
