// A model of tf.layers, compiled.
import '@tensorflow/tfjs-backend-cpu';
import * as layers from '@tensorflow/tfjs-layers';
import * as tf from './tfjs.js';

export { dmta } from '@toploss/dmta';
export { attach, batchLoss } from '@toploss/layers';
export { sasp } from '@toploss/sasp';
export { tf };

export const x = tf.randomNormal([64, 8]);
export const y = tf.oneHot(tf.argMax(tf.slice(x, [0, 0], [64, 3]), 1), 3);
export const model = layers.sequential({
  layers: [
    layers.layers.dense({ units: 16, activation: 'tanh', inputShape: [8] }),
    layers.layers.dense({ units: 3, activation: 'softmax' }),
  ],
});
model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy' });
