import * as tf from '@tensorflow/tfjs-core';
import {
  checkArgument,
  checkOptions,
  checkTensor,
  flag,
  float32,
  number,
  reject,
} from '@toploss/core';
import type { Activation, ActivationName } from './activations.js';
import { activationOf } from './activations-of.js';
import { checkSequential } from './check-sequential.js';
import {
  type AnyRank,
  type ConvLayer,
  type DenseLayer,
  type Layer,
  type PoolLayer,
  pair,
} from './layers.js';

interface Weights {
  /** Default none. */
  bias?: tf.Tensor1D | tf.Variable<tf.Rank.R1>;
  /** Default `'linear'`. */
  activation?: ActivationName | Activation;
}

/** φ(x W + b); a batch of images is flattened first. */
export interface SequentialDense extends Weights {
  /** W: [fanIn, fanOut] */
  kernel: DenseLayer['kernel'];
}

/** φ(x ∗ K + b). */
export interface SequentialConv extends Weights {
  /** K: [height, width, channelsIn, channelsOut] */
  kernel: ConvLayer['kernel'];
  /** Default 1. */
  strides?: ConvLayer['strides'];
  /** Default `'valid'`. */
  pad?: ConvLayer['pad'];
}

/** `tf.maxPool` or `tf.avgPool` over windows that lie side by side. */
export type SequentialPool = Pick<PoolLayer, 'pool' | 'size'>;

/** In training, each entry is dropped with probability `dropout` and the others grow by 1/(1 − dropout). */
export interface SequentialDropout {
  /** In [0, 1). */
  dropout: number;
}

export type SequentialLayer = SequentialDense | SequentialConv | SequentialPool | SequentialDropout;

export interface SequentialOptions {
  /** Whether dropout drops; default false. */
  training?: boolean;
  /** Of dropout; default random. */
  seed?: number;
}

export interface SequentialOutputs {
  /** [B, C] */
  logits: tf.Tensor2D;
  /** What the last layer reads: [B, D] */
  features: tf.Tensor2D;
  /** What `saspNetwork` reads. It holds the kernels themselves: leave it to a `tf.tidy`, not to `tf.dispose`. */
  layers: Layer[];
}

const where = 'sasp.sequential';

/**
 * A network of layers, one after the other, over variables of your own.
 *
 * @param layers First to last. The last one is dense and linear: it makes the logits.
 * @returns The model, a function from a batch to its logits, and to the layers as `saspNetwork` reads them.
 *   Call it in a `tf.tidy`, or in the `forward` of `trainStep`, which is one.
 *
 * @example
 * const model = sequential([
 *   { kernel: K, bias: k, activation: 'relu', pad: 'same' },
 *   { pool: 'max', size: 2 },
 *   { kernel: W1, bias: b1, activation: 'relu' },
 *   { dropout: 0.2 },
 *   { kernel: W2, bias: b2 },
 * ]);
 * const { logits, layers } = model(images, { training: true });
 */
export function sequential(
  layers: readonly AnyRank<SequentialLayer>[],
): (x: tf.Tensor, options?: SequentialOptions) => SequentialOutputs {
  checkSequential(where, layers);
  return (x, options = {}) => {
    checkOptions(where, options, { training: flag, seed: number('finite', Number.isFinite) });
    const { training = false, seed } = options;
    if (!(x instanceof tf.Tensor) || (x.rank !== 2 && x.rank !== 4)) {
      reject(where, 'x', 'to be a tensor of shape [B, D] or [B, height, width, channels]', x);
    }
    checkArgument(where, 'x', x, float32);
    if (x.size === 0) {
      reject(where, 'x', 'not to be empty', x);
    }
    const run = (): SequentialOutputs => {
      const outputs: Layer[] = [];
      let output: tf.Tensor = x;
      let dropped: { dropout?: tf.Tensor } = {};
      for (const [l, layer] of layers.entries()) {
        if ('dropout' in layer) {
          if (training) {
            const mask = dropoutMask(
              output.shape,
              layer.dropout,
              seed === undefined ? seed : seed + l,
            );
            output = tf.mul(output, mask);
            dropped = { dropout: dropped.dropout ? tf.mul(dropped.dropout, mask) : mask };
          }
          continue;
        }
        if ('kernel' in layer && layer.kernel.rank === 2 && output.rank === 4) {
          output = flatten(output);
          dropped = dropped.dropout ? { dropout: flatten(dropped.dropout) } : {};
        }
        if ('pool' in layer) {
          checkTensor(where, `the input of layers[${l}]`, output, [
            'B',
            'height',
            'width',
            'channels',
          ]);
          outputs.push({ ...layer, input: output as tf.Tensor4D, ...dropped });
          const [pool, size] = [layer.pool === 'max' ? tf.maxPool : tf.avgPool, pair(layer.size)];
          output = pool(output as tf.Tensor4D, size, size, 'valid');
        } else {
          const { bias, activation = 'linear', ...weights } = layer;
          const { apply, reads } = activationOf(where, `layers[${l}].activation`, activation);
          const product = linear(l, output, weights);
          const s = bias === undefined ? product : tf.add(product, bias);
          outputs.push({
            ...weights,
            input: output,
            ...(l < layers.length - 1 && { activation }),
            ...(reads === 'preActivation' && { preActivation: s }),
            ...(bias === undefined && { includeBias: false }),
            ...dropped,
          } as Layer);
          output = apply(s);
        }
        dropped = {};
      }
      const features = outputs.at(-1)?.input as tf.Tensor2D;
      return { logits: output as tf.Tensor2D, features, layers: outputs };
    };
    // tfjs' type of what a tidy returns knows no interfaces.
    return (tf.tidy as (f: () => unknown) => unknown)(run) as SequentialOutputs;
  };
}

const flatten = (x: tf.Tensor) => tf.reshape(x, [x.shape[0] as number, -1]);

function linear(
  l: number,
  x: tf.Tensor,
  {
    kernel,
    strides = 1,
    pad = 'valid',
  }: Pick<SequentialConv, 'strides' | 'pad'> & {
    kernel: tf.Tensor2D | tf.Tensor4D;
  },
): tf.Tensor {
  const reader = `the input of layers[${l}]`;
  const fanIn = kernel.shape.at(-2) as number;
  if (kernel.rank === 2) {
    checkTensor(where, reader, x, ['B', fanIn]);
    return tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D);
  }
  checkTensor(where, reader, x, ['B', 'height', 'width', fanIn]);
  return tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, strides, pad);
}

const dropoutMask = (shape: number[], rate: number, seed: number | undefined): tf.Tensor =>
  tf.tidy(() => {
    const keeps = tf.greaterEqual(tf.randomUniform(shape, 0, 1, 'float32', seed), rate);
    return tf.div(tf.cast(keeps, 'float32'), 1 - rate);
  });
