import * as tf from '@tensorflow/tfjs-core';
import { CLASSES } from './data.js';
import { random } from './random.js';

const WIDTHS = [64, 64, 64, CLASSES];

export interface Network {
  params: tf.Variable[];
  /** `features` is what the last layer reads. */
  forward(images: tf.Tensor2D): { logits: tf.Tensor2D; features: tf.Tensor2D };
}

/** A multilayer perceptron with two hidden layers; the same seed gives the same weights. */
export function createNetwork(seed: number): Network {
  const { normal } = random(seed, 'weights');
  const layers = WIDTHS.slice(1).map((outputs, k) => {
    const inputs = WIDTHS[k] as number;
    // He's initialization keeps the scale of the activations through ReLU.
    const scale = Math.sqrt(2 / inputs);
    const values = Float32Array.from({ length: inputs * outputs }, () => scale * normal());
    return tf.tidy(() => ({
      kernel: tf.variable(tf.tensor2d(values, [inputs, outputs])),
      bias: tf.variable(tf.zeros([outputs])),
    }));
  });
  const affine = (x: tf.Tensor2D, { kernel, bias }: (typeof layers)[number]): tf.Tensor2D =>
    tf.add(tf.matMul(x, kernel), bias);

  return {
    params: layers.flatMap(({ kernel, bias }) => [kernel, bias]),
    forward: (images) => {
      const head = layers.at(-1) as (typeof layers)[number];
      const features = layers.slice(0, -1).reduce((x, layer) => tf.relu(affine(x, layer)), images);
      return { logits: affine(features, head), features };
    },
  };
}
