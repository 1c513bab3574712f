import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import { sequential } from '@toploss/sasp';
import { setsOf } from '../../classification/problem.js';
import type { Measurements } from '../../study.js';
import { ARCHITECTURES, type ArchitectureName, parametersOf } from './architectures.js';
import { type Traces, tracesOf } from './traces.js';

export interface Setting {
  architecture: ArchitectureName;
  /** Number of training examples. */
  training: number;
  /** After how many the traces are taken, in ascending order. */
  epochs: number[];
}

const BATCH = 25;
const EXAMPLES = 5; // whose mean trace is taken

/** The traces in the course of a training on digits with a fifth of the labels wrong, a list over epochs for each. */
export function measure(
  { architecture, training: count, epochs }: Setting,
  seed: number,
): Measurements {
  const { layers, shapes } = ARCHITECTURES[architecture];
  const theta = parametersOf({ layers, shapes }, seed);
  const specification = layers(theta);
  const model = sequential(specification);
  const { training, validation, test } = setsOf(
    { data: 'digits', training: count, noise: 0.2 },
    seed,
  );
  const images = tf.reshape(training.x, [-1, 8, 8, 1]) as tf.Tensor4D;
  const few = tf.slice(images, 0, EXAMPLES);
  const optimizer = tf.train.adam(5e-3, 0.9, 0.999, 1e-7);
  const { permutation } = random(seed, 'batches');

  const trainOn = (rows: readonly number[]) =>
    tf.tidy(() => {
      const batch = tf.tensor1d([...rows], 'int32');
      const loss = () =>
        tf.losses.softmaxCrossEntropy(
          tf.gather(training.y, batch),
          model(tf.gather(images, batch)).logits,
        ) as tf.Scalar;
      optimizer.minimize(loss, false, theta);
    });
  let epoch = 0;
  const traces = epochs.map((until): Traces => {
    for (; epoch < until; epoch++) {
      const order = permutation(count);
      for (let start = 0; start < count; start += BATCH) {
        trainOn(order.slice(start, start + BATCH));
      }
    }
    return tracesOf(specification, few);
  });
  optimizer.dispose();
  tf.dispose([theta, { ...training }, { ...validation }, { ...test }, images, few]);
  return {
    epochs,
    exact: traces.map(({ exact }) => exact),
    tail: traces.map(({ tail, exact }) => tail / exact),
    positions: traces.map(({ positions, exact }) => positions / exact),
  };
}
