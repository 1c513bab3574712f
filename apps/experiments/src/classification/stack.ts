import * as tf from '@tensorflow/tfjs-core';
import type { DenseLayer } from '@toploss/sasp';

const activations = { linear: (s: tf.Tensor) => s, relu: tf.relu, tanh: tf.tanh } as const;

/** φ(x W + b). */
export interface Dense {
  kernel: tf.Tensor2D;
  bias: tf.Tensor1D;
  activation: keyof typeof activations;
}

export interface Outputs {
  /** [B, C] */
  logits: tf.Tensor2D;
  /** What the last layer reads: [B, D] */
  features: tf.Tensor2D;
  /** What `saspNetwork` reads. */
  layers: DenseLayer[];
}

export const dense = (x: tf.Tensor2D, { kernel, bias, activation }: Dense): tf.Tensor2D =>
  activations[activation](tf.add(tf.matMul(x, kernel), bias)) as tf.Tensor2D;

/** Dense layers, one after the other; the last one makes the logits. */
export const stackOf =
  (layers: readonly Dense[]) =>
  (x: tf.Tensor2D): Outputs => {
    const read: DenseLayer[] = [];
    let output = x;
    for (const layer of layers) {
      const { kernel, activation } = layer;
      read.push({ input: output, kernel, activation });
      output = dense(output, layer);
    }
    return { logits: output, features: read.at(-1)?.input as tf.Tensor2D, layers: read };
  };
