import * as tf from '@tensorflow/tfjs-core';
import { CLASSES } from './data.js';
import { random } from './random.js';
import { type Outputs, stackOf } from './stack.js';

const WIDTHS = [64, 64, 64, CLASSES];

export interface Network {
  params: tf.Variable[];
  forward(images: tf.Tensor2D): Outputs;
}

/** A multilayer perceptron with two hidden layers; the same seed gives the same weights. */
export function createNetwork(seed: number): Network {
  const { normal } = random(seed, 'weights');
  const layers = WIDTHS.slice(1).map((outputs, k) => {
    const inputs = WIDTHS[k] as number;
    // He's initialization keeps the scale of the activations through ReLU.
    const scale = Math.sqrt(2 / inputs);
    const values = Float32Array.from({ length: inputs * outputs }, () => scale * normal());
    return {
      kernel: tf.tidy(() => tf.variable(tf.tensor2d(values, [inputs, outputs]))),
      bias: tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R1>([outputs]))),
      activation: outputs === CLASSES ? ('linear' as const) : ('relu' as const),
    };
  });
  return {
    params: layers.flatMap(({ kernel, bias }): tf.Variable[] => [kernel, bias]),
    forward: stackOf(layers),
  };
}
