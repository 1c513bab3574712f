import * as tf from '@tensorflow/tfjs-core';

/** Few examples, many steps. */
const size = 8;

/** 3 inputs, two classes of which a quarter is wrong, so that nothing is ever learned by heart, and a value. */
export interface Batch {
  readonly x: tf.Tensor2D;
  readonly labels: tf.Tensor2D;
  readonly values: tf.Tensor2D;
}

/** The batches that go round. */
export const batches = (): Batch[] =>
  [0, 1, 2, 3].map((k) => tf.tidy(() => batch(k) as never) as Batch);

function batch(k: number): Batch {
  const normal = (shape: [number, number], seed: number) =>
    tf.randomNormal<tf.Rank.R2>(shape, 0, 1, 'float32', seed);
  const x = normal([size, 3], 10 + k);
  const isFirst = tf.greater(tf.slice(x, [0, 0], [size, 1]), 0);
  const isWrong = tf.less(tf.randomUniform([size, 1], 0, 1, 'float32', 20 + k), 0.25);
  const first = tf.cast(tf.logicalXor(isFirst, isWrong), 'float32');
  const labels = tf.concat([first, tf.sub(1, first)], 1) as tf.Tensor2D;
  return { x, labels, values: tf.add(tf.sum(x, 1, true), normal([size, 1], 30 + k)) };
}

/** A trunk of 4 tanh, and of it the logits of the classes and the value. */
export const shapes = { trunk: [3, 4], head: [4, 2], second: [4, 1] } as const;

/** The same at every start. */
export const initial = (): tf.Tensor2D[] =>
  Object.values(shapes).map((shape, k) =>
    tf.randomNormal<tf.Rank.R2>([...shape], 0, 0.5, 'float32', k + 1),
  );
