import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import { type Dense, type Outputs, stackOf } from './stack.js';

export interface Network {
  params: tf.Variable[];
  forward: (x: tf.Tensor2D) => Outputs;
}

/** Dense layers, one after the other. */
export interface Stack extends Network {
  layers: readonly Dense[];
}

/** Dense layers of the given sizes, the first of which is the input. The caller owns the parameters. */
export function networkOf(
  sizes: readonly number[],
  activation: Dense['activation'],
  seed: number,
): Stack {
  const { normal } = random(seed, 'weights');
  const layers = sizes.slice(1).map((outputs, k) => {
    const inputs = sizes[k] as number;
    // He's initialization for ReLU, which halves the square of what passes, LeCun's for the others
    const scale = Math.sqrt((activation === 'relu' ? 2 : 1) / inputs);
    const values = Float32Array.from({ length: inputs * outputs }, () => scale * normal());
    return {
      kernel: tf.tidy(() => tf.variable(tf.tensor2d(values, [inputs, outputs]))),
      bias: tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R1>([outputs]))),
      activation: k < sizes.length - 2 ? activation : ('linear' as const),
    };
  });
  return {
    params: layers.flatMap(({ kernel, bias }): tf.Variable[] => [kernel, bias]),
    layers,
    forward: stackOf(layers),
  };
}
