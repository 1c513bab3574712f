import * as tf from '@tensorflow/tfjs-core';
import { variationShare } from '@toploss/core/kit';
import { headOf } from '../read/heads.js';
import { targetsOf } from '../read/targets.js';
import type { End } from '../watch/again.js';
import { lossOf, type Trained } from '../watch/model.js';

/** Targets and predictions of an output, in tensors of our own. */
export type Batch = Pick<End, 'yTrue' | 'yPred'>;

export function keptOf(yTrue: tf.Tensor, yPred: tf.Tensor): Batch {
  const kept = (x: tf.Tensor) => tf.keep(tf.clone(x));
  return { yTrue: kept(yTrue), yPred: kept(yPred) };
}

export const disposeOf = (batches: readonly Batch[]): void =>
  batches.forEach(({ yTrue, yPred }) => {
    tf.dispose([yTrue, yPred]);
  });

/** A loss of logits makes the predictions itself. */
const predictions = {
  softmax: (z: tf.Tensor) => tf.softmax(z),
  sigmoid: (z: tf.Tensor) => tf.sigmoid(z),
  linear: (y: tf.Tensor) => y,
};

/** By output, how much the predictions vary beside the targets; not where the two are not of one kind. */
export function variationsOf(model: Trained, batches: readonly Batch[]): tf.Scalar[] {
  return batches.flatMap(({ yTrue, yPred }, output) =>
    tf.tidy(() => {
      const loss = lossOf(model, output);
      const classes = yPred.shape.at(-1) as number;
      const targets =
        loss === 'sparseCategoricalCrossentropy'
          ? tf.oneHot(tf.cast(targetsOf(model, output, yTrue), 'int32'), classes)
          : yTrue;
      const head = headOf('linear', loss, classes) ?? 'linear';
      return tf.util.arraysEqual(targets.shape, yPred.shape)
        ? [variationShare(predictions[head](yPred), targets)]
        : [];
    }),
  );
}
