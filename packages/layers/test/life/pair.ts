import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { attach } from '@toploss/layers';
import { functional, normal, sequential, twins } from '../models.js';

export const x = normal([6, 3], 11);
export const y = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32'), 3), 'float32');

/** 6 examples in batches of 2. */
const args = { epochs: 3, batchSize: 2, shuffle: false, verbose: 0 as const };
export const one = { name: 'one', penalty: () => tf.scalar(1) };
export const ones = [1, 1, 1];

export function compile<M extends tfl.LayersModel>(
  model: M,
  given: Partial<tfl.ModelCompileArgs> = {},
): M {
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', ...given });
  return model;
}

export const kinds: [string, () => tfl.LayersModel][] = [
  ['a Sequential', () => sequential('softmax')],
  ['a functional model', () => functional('softmax')],
];

/** Two compiled models of the same weights, the second with a term that changes nothing. */
export function pair(make: () => tfl.LayersModel): [tfl.LayersModel, tfl.LayersModel] {
  const [plain, attached] = twins(make);
  compile(plain);
  attach(compile(attached), [one]);
  return [plain, attached];
}

export const fit = (model: tfl.LayersModel, callbacks: tfl.ModelFitArgs['callbacks'] = {}) =>
  model.fit(x, y, { ...args, callbacks });

/** A model that has this one inside. */
export function around(model: tfl.LayersModel): tfl.LayersModel {
  const input = tfl.input({ shape: [3] });
  return compile(tfl.model({ inputs: input, outputs: model.apply(input) as tfl.SymbolicTensor }));
}

/** What becomes of a promise, or of its error. */
export const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: Error) => error.message,
  );
