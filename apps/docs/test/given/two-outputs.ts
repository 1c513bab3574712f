// A model with two outputs, a class and a number.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { input, layers, model as modelOf } from '@tensorflow/tfjs-layers';

export { attach } from '@toploss/layers';
export { nger } from '@toploss/nger';
export { sasp } from '@toploss/sasp';

const image = input({ shape: [8] });
const shared = layers.dense({ units: 16, activation: 'tanh' }).apply(image);
const dense = (name: string, units: number, activation: 'softmax' | 'linear') =>
  layers.dense({ name, units, activation }).apply(shared) as ReturnType<typeof input>;
export const model = modelOf({
  inputs: image,
  outputs: [dense('digit', 3, 'softmax'), dense('rating', 1, 'linear')],
});
model.compile({
  optimizer: tf.train.adam(0.01),
  loss: ['categoricalCrossentropy', 'meanSquaredError'],
});
