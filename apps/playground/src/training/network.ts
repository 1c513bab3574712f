import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import { type SequentialDense, type SequentialOutputs, sequential } from '@toploss/sasp';
import type { DataSet } from '../data/sets.js';
import type { Settings } from '../settings/table.js';

export interface Network {
  /** Kernel and bias of each layer, first to last. */
  readonly params: readonly tf.Variable[];
  forward(x: tf.Tensor2D): SequentialOutputs;
  /** The same network with other weights in the place of `params`. */
  forwardAt(weights: readonly tf.Tensor[], x: tf.Tensor2D): SequentialOutputs;
}

export type NetworkSettings = Pick<Settings, 'width' | 'depth' | 'activation' | 'seed'>;

/** A multilayer perceptron; the same seed gives the same weights. The caller disposes of `params`. */
export function createNetwork(
  { dimension, classes }: Pick<DataSet, 'dimension' | 'classes'>,
  { width, depth, activation, seed }: NetworkSettings,
): Network {
  const { normal } = random(seed, 'weights');
  const widths = [dimension, ...Array.from({ length: depth }, () => width), classes];
  // Keeps the scale of the activations: He et al. for what halves them, Glorot and Bengio for tanh.
  const gain = activation === 'tanh' ? 1 : 2;
  const params = widths.slice(1).flatMap((outputs, layer) => {
    const inputs = widths[layer] as number;
    const deviation = Math.sqrt((layer === depth ? 1 : gain) / inputs);
    const kernel = Float32Array.from({ length: inputs * outputs }, () => deviation * normal());
    return tf.tidy(() => [
      tf.variable(tf.tensor2d(kernel, [inputs, outputs])),
      tf.variable(tf.zeros([outputs])),
    ]);
  });

  const modelOf = (weights: readonly tf.Tensor[]) =>
    sequential(
      Array.from(
        { length: depth + 1 },
        (_, layer): SequentialDense => ({
          kernel: weights[2 * layer] as tf.Tensor2D,
          bias: weights[2 * layer + 1] as tf.Tensor1D,
          activation: layer === depth ? 'linear' : activation,
        }),
      ),
    );
  return {
    params,
    forward: modelOf(params),
    forwardAt: (weights, x) => modelOf(weights)(x),
  };
}
