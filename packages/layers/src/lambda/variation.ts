import * as tf from '@tensorflow/tfjs-core';
import { variationShare } from '@toploss/core/kit';
import { headOf } from '../read/heads.js';
import { targetsOf } from '../read/targets.js';
import type { LossEnd } from '../watch/pass.js';

/** Targets and predictions of an output. */
export type SeenBatch = Omit<LossEnd, 'loss'>;

/** A loss of logits computes the predictions itself. */
const predictions = {
  softmax: (z: tf.Tensor) => tf.softmax(z),
  sigmoid: (z: tf.Tensor) => tf.sigmoid(z),
  linear: (y: tf.Tensor) => y,
};

/** How much the predictions of each output vary compared with its targets; outputs of another shape are left out. */
export async function variationsOf(batches: readonly SeenBatch[]): Promise<number[]> {
  const shares = batches.flatMap((batch) =>
    tf.tidy(() => {
      const { yTrue, yPred, lossGiven } = batch;
      const classes = yPred.shape.at(-1)!;
      const own = targetsOf(batch);
      const targets = own === yTrue ? yTrue : tf.oneHot(tf.cast(own, 'int32'), classes);
      const head = headOf('linear', lossGiven, classes) ?? 'linear';
      return tf.util.arraysEqual(targets.shape, yPred.shape)
        ? [variationShare(predictions[head](yPred), targets)]
        : [];
    }),
  );
  const values = await Promise.all(shares.map((share) => share.data()));
  tf.dispose(shares);
  return values.map(([share]) => share!);
}
