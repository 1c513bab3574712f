import * as tf from '@tensorflow/tfjs-core';

/** What is compared, by name: a step each, which leaves nothing behind. The others are compared with the first. */
export type Arms = Record<string, () => void>;

/** A multilayer perceptron and its batch. */
export interface Size {
  widths: number[];
  batch: number;
}

export const adam = (): tf.Optimizer => tf.train.adam(1e-4, 0.9, 0.999, 1e-7);

export function batchOf({ widths, batch }: Size) {
  const classes = widths.at(-1) as number;
  const targets = tf.randomUniform([batch], 0, classes, 'int32', 1) as tf.Tensor1D;
  return {
    x: tf.randomNormal<tf.Rank.R2>([batch, widths[0] as number], 0, 1, 'float32', 2),
    targets,
    oneHot: tf.cast(tf.oneHot(targets, classes), 'float32') as tf.Tensor2D,
  };
}
