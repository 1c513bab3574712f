import * as tf from '@tensorflow/tfjs-core';
import { dense, normalization, type Parameters, parameters, type Statistics } from './layers.js';
import type { Model, Outputs } from './model.js';
import { patchesOf } from './patches.js';
import { product } from './product.js';

const [SIDE, HALF, CHANNELS] = [8, 4, 16];

/**
 * A convolution with stride 2, a residual block of two convolutions, each with batch normalization, and a dense layer.
 *
 * Training normalizes by the batch, so that all passes of a step, at whatever weights, see the same rows. Prediction
 * normalizes by all training examples: no average is kept that a second pass could move.
 */
export function cnn(seed: number): Model {
  const make = parameters(seed);
  const stem = convolution(make, SIDE, 2, 1);
  const first = convolution(make, HALF, 1, CHANNELS);
  const second = convolution(make, HALF, 1, CHANNELS);
  const head = dense(make, HALF ** 2 * CHANNELS, 10);
  const pass = (x: tf.Tensor2D, known: Statistics[] = []) => {
    const whole = stem(tf.reshape(x, [-1, 1]), known[0]);
    const low = tf.relu(whole.y);
    const inner = first(low, known[1]);
    const outer = second(tf.relu(inner.y), known[2]);
    const block = tf.relu(tf.add(low, outer.y));
    const features = tf.reshape(block, [x.shape[0], -1]) as tf.Tensor2D;
    const outputs: Outputs = { logits: head(features) as tf.Tensor2D, features, layers: [] };
    return { outputs, statistics: [whole, inner, outer].map(({ statistics }) => statistics) };
  };
  return {
    params: make.all,
    forward: (x) => pass(x).outputs,
    predict: (x, training) => pass(x, pass(training).statistics).outputs,
  };
}

/** 3×3, padded, with batch normalization; positions are rows. */
function convolution(make: Parameters, side: number, stride: 1 | 2, inputs: number) {
  const kernel = make.kernel([9 * inputs, CHANNELS], 2);
  const patches = patchesOf(side, stride);
  const normalized = normalization(make, CHANNELS, [0]);
  return (x: tf.Tensor, known?: Statistics) => normalized(product(patches(x), kernel), known);
}
