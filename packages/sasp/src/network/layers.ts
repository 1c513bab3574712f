import type * as tf from '@tensorflow/tfjs-core';
import type { Activation, ActivationName } from './activations.js';

/** What a hidden layer may say of itself besides its weights. */
interface Hidden {
  /** Of this layer's output; the option `activation` of the penalty says it for all of them. */
  activation?: ActivationName | Activation;
  /** s, before the activation; needed by swish and gelu, whose slope the output does not determine. */
  preActivation?: tf.Tensor;
  /** Whether the layer has a bias; default true. */
  includeBias?: boolean;
  /** What dropout multiplied the layer's input by, 0 or 1/(1 − rate); of the input's shape. */
  dropout?: tf.Tensor;
}

/** s = x W + b. */
export interface DenseLayer extends Hidden {
  /** x, as the kernel reads it: [B, fanIn] */
  input: tf.Tensor2D;
  /** W: [fanIn, fanOut] */
  kernel: tf.Tensor2D;
}

/** s = x ∗ K + b, as `tf.conv2d` has it. */
export interface ConvLayer extends Hidden {
  /** [B, height, width, channelsIn] */
  input: tf.Tensor4D;
  /** [height, width, channelsIn, channelsOut] */
  kernel: tf.Tensor4D;
  /** Default 1. */
  strides?: number | [number, number];
  /** Default `'valid'`. */
  pad?: 'valid' | 'same';
}

/** `tf.maxPool` or `tf.avgPool` over windows that lie side by side: the strides are the size, `'valid'`. */
export interface PoolLayer {
  /** [B, height, width, channels] */
  input: tf.Tensor4D;
  pool: 'max' | 'avg';
  size: number | [number, number];
  dropout?: tf.Tensor;
}

/** With tensors of any rank: TypeScript seldom knows it, and the checks do. */
export type AnyRank<L> = L extends unknown
  ? {
      [K in keyof L]:
        | Exclude<L[K], tf.Tensor>
        | ([Extract<L[K], tf.Tensor>] extends [never] ? never : tf.Tensor);
    }
  : never;

/** Between a layer of images and a dense one, a flattening goes without saying. */
export type Layer = DenseLayer | ConvLayer | PoolLayer;

export const isPool = (layer: Layer): layer is PoolLayer => 'pool' in layer;
export const isConv = (layer: Layer): layer is ConvLayer =>
  !isPool(layer) && layer.kernel.rank === 4;

export const pair = (x: number | [number, number]): [number, number] =>
  typeof x === 'number' ? [x, x] : x;

/** The shape of one example of what the layer makes of its input. */
export function outputShape(layer: Layer): number[] {
  if (isPool(layer)) {
    const [height, width, channels] = layer.input.shape.slice(1) as [number, number, number];
    const [rows, columns] = pair(layer.size);
    return [Math.floor(height / rows), Math.floor(width / columns), channels];
  }
  const kernelShape = layer.kernel.shape;
  const fanOut = kernelShape.at(-1) as number;
  if (!isConv(layer)) {
    return [fanOut];
  }
  const strides = pair(layer.strides ?? 1);
  const [height, width] = [0, 1].map((axis) => {
    const size = layer.input.shape[axis + 1] as number;
    const reach = layer.pad === 'same' ? size : size - (kernelShape[axis] as number) + 1;
    return Math.ceil(reach / (strides[axis] as number));
  }) as [number, number];
  return [height, width, fanOut];
}

/** f of every tensor of a layer that has examples. */
export function mapRows<L extends Layer>(layer: L, f: <T extends tf.Tensor>(x: T) => T): L {
  const { input, dropout, preActivation } = layer as L & Hidden;
  return {
    ...layer,
    input: f(input as tf.Tensor),
    dropout: dropout && f(dropout),
    ...(preActivation && { preActivation: f(preActivation) }),
  } as L;
}
