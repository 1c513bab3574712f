// A network of two layers in the middle of its training, as the READMEs of the penalties take it for granted.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers the gradients
import * as tf from '@tensorflow/tfjs-core';

export { trainStep } from '@toploss/core';
export { tf };

export const x = tf.randomNormal<tf.Rank.R2>([32, 8], 0, 1, 'float32', 1);
export const targets = tf.argMax(tf.slice(x, [0, 0], [32, 3]), 1) as tf.Tensor1D;
export const oneHot = tf.oneHot(targets, 3) as tf.Tensor2D;

const weights = (shape: [number, number], seed: number) =>
  tf.variable(tf.randomNormal<tf.Rank.R2>(shape, 0, 0.3, 'float32', seed));
export const [w1, w2, w3] = [weights([8, 16], 2), weights([16, 16], 3), weights([16, 3], 4)];
export const b1 = tf.variable(tf.zeros<tf.Rank.R1>([16]));
export const b2 = tf.variable(tf.zeros<tf.Rank.R1>([16]));
export const b3 = tf.variable(tf.zeros<tf.Rank.R1>([3]));
export const params = [w1, b1, w2, b2, w3, b3];

export const hidden = (e: tf.Tensor) =>
  tf.tanh(tf.add(tf.matMul(tf.tanh(tf.add(tf.matMul(e as tf.Tensor2D, w1), b1)), w2), b2));
export const modelFn = (e: tf.Tensor) => tf.add(tf.matMul(hidden(e), w3), b3) as tf.Tensor2D;
export const embeddings = x;
export const features = hidden(x) as tf.Tensor2D;
export const logits = modelFn(x);
export const loss = () => tf.losses.softmaxCrossEntropy(oneHot, modelFn(x)) as tf.Scalar;
export const forward = () => ({
  loss: loss(),
  logits: modelFn(x),
  features: hidden(x) as tf.Tensor2D,
  targets,
});
export const crossEntropy = loss();

export const optimizer = tf.train.adam(0.01);
