import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import type { DenseLayer } from '@toploss/sasp';
import type { DataSet } from '../data/sets.js';
import type { Settings } from '../settings/table.js';

export interface Outputs {
  /** [B, C] */
  readonly logits: tf.Tensor2D;
  /** The input of the last layer: [B, D] */
  readonly features: tf.Tensor2D;
  /** First to last, as `saspNetwork` reads them. */
  readonly layers: DenseLayer[];
}

export interface Network {
  /** Kernel and bias of each layer, first to last. */
  readonly params: readonly tf.Variable[];
  forward(x: tf.Tensor2D): Outputs;
  /** The same network with other weights instead of `params`. */
  forwardAt(weights: readonly tf.Tensor[], x: tf.Tensor2D): Outputs;
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
  return {
    params,
    forward: (x) => forward(params, activation, x),
    forwardAt: (weights, x) => forward(weights, activation, x),
  };
}

const activations: Record<Settings['activation'], (s: tf.Tensor2D) => tf.Tensor2D> = {
  tanh: tf.tanh,
  relu: tf.relu,
  elu: tf.elu,
  swish: (s) => tf.mul(s, tf.sigmoid(s)),
};

/** aₗ = φ(sₗ), sₗ = aₗ₋₁ Wₗ + bₗ; the last s is the logits. */
function forward(
  weights: readonly tf.Tensor[],
  activation: Settings['activation'],
  x: tf.Tensor2D,
): Outputs {
  const layers: DenseLayer[] = [];
  let input = x;
  for (let k = 0; ; k += 2) {
    const [kernel, bias] = weights.slice(k, k + 2) as [tf.Tensor2D, tf.Tensor1D];
    const preActivation = tf.add(tf.matMul(input, kernel), bias) as tf.Tensor2D;
    if (k + 2 === weights.length) {
      layers.push({ input, kernel });
      return { logits: preActivation, features: input, layers };
    }
    layers.push({ input, kernel, activation, preActivation });
    input = activations[activation](preActivation);
  }
}
