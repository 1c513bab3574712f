import * as tf from '@tensorflow/tfjs-core';
import { checkObject, checkTensor, hostView, reject } from '@toploss/core';
import { type Activation, type ActivationName, activations } from './activations.js';

/** What a hidden layer may say of itself besides its weights. */
interface Hidden {
  /** Of this layer's output; the option `activation` of the penalty says it for all of them. */
  activation?: ActivationName | Activation;
  /** s, before the activation; needed by swish and gelu, whose slope the output does not determine. */
  preActivation?: tf.Tensor;
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

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

const keys = {
  dense: ['input', 'kernel', 'activation', 'preActivation', 'dropout'],
  conv: ['input', 'kernel', 'activation', 'preActivation', 'dropout', 'strides', 'pad'],
  pool: ['input', 'pool', 'size', 'dropout'],
};

/** Layers whose shapes fit from the first to the logits. */
export function checkLayers(
  where: string,
  logits: tf.Tensor2D,
  layers: unknown,
): asserts layers is Layer[] {
  const [batch] = checkTensor(where, 'logits', logits, ['B', 'C']) as [number, number];
  if (logits.size === 0) {
    reject(where, 'logits', 'to have at least one example and one class', logits);
  }
  if (logits.dtype !== 'float32') {
    reject(where, 'logits', 'to be float32', logits);
  }
  if (!Array.isArray(layers) || layers.length === 0) {
    reject(where, 'layers', 'to be an array of at least one layer', layers);
  }
  for (const [l, layer] of layers.entries()) {
    checkLayer(where, `layers[${l}]`, layer, batch);
  }
  if (isPool(layers.at(-1)) || isConv(layers.at(-1))) {
    reject(where, 'layers', 'to end in the dense layer that makes the logits', layers.at(-1));
  }
  for (const [l, layer] of layers.entries()) {
    const next: tf.Tensor = layers[l + 1]?.input ?? logits;
    const output = outputShape(layer);
    const inputShape = next.shape.slice(1);
    const fits =
      inputShape.length === 1
        ? inputShape[0] === sizeOf(output)
        : inputShape.join() === output.join();
    if (!fits) {
      const reader = l + 1 < layers.length ? `layers[${l + 1}].input` : 'logits';
      const width = inputShape.length === 1 ? sizeOf(output) : output.join(', ');
      reject(
        where,
        reader,
        `of shape [${batch}, ${width}], as layers[${l}] makes it; what lies between two layers has to be in the list`,
        next,
      );
    }
  }
}

function checkLayer(where: string, name: string, layer: unknown, batch: number): void {
  checkObject(where, name, layer);
  const own: Partial<ConvLayer & PoolLayer> = { ...layer }; // without what it inherits, as `rowsOf` copies it
  const kind = 'pool' in own ? 'pool' : own.kernel?.rank === 4 ? 'conv' : 'dense';
  for (const key of Object.keys(layer)) {
    if (!keys[kind].includes(key)) {
      reject(
        where,
        name,
        `to be a dense, convolution or pooling layer, with keys among ${keys[kind].join(', ')}; batch normalization, like anything else that mixes examples, has no trace for each of them`,
        key,
      );
    }
  }
  const { input, kernel, pool, size, strides = 1, pad = 'valid', dropout } = own;
  if (kind === 'dense') {
    const [, fanIn] = checkTensor(where, `${name}.input`, input, [batch, 'fanIn']);
    checkTensor(where, `${name}.kernel`, kernel, [fanIn as number, 'fanOut']);
  } else {
    const shape = checkTensor(where, `${name}.input`, input, [
      batch,
      'height',
      'width',
      'channels',
    ]);
    const [height, width, channels] = shape.slice(1) as [number, number, number];
    if (kind === 'pool') {
      if (pool !== 'max' && pool !== 'avg') {
        reject(where, `${name}.pool`, 'to be "max" or "avg"', pool);
      }
      checkPair(where, `${name}.size`, size);
      const [rows, columns] = pair(size as number);
      if (rows > height || columns > width) {
        reject(where, `${name}.size`, `of at most ${height} × ${width}, the input`, size);
      }
    } else {
      const window = checkTensor(where, `${name}.kernel`, kernel, ['h', 'w', channels, 'fanOut']);
      checkPair(where, `${name}.strides`, strides);
      if (pad !== 'valid' && pad !== 'same') {
        reject(where, `${name}.pad`, 'to be "valid" or "same"', pad);
      }
      if (pad === 'valid' && ((window[0] as number) > height || (window[1] as number) > width)) {
        reject(where, `${name}.kernel`, `of at most ${height} × ${width}, the input`, kernel);
      }
    }
  }
  for (const [key, tensor] of Object.entries({ input, kernel, dropout })) {
    if (tensor !== undefined && tensor.dtype !== 'float32') {
      reject(where, `${name}.${key}`, 'to be float32', tensor);
    }
  }
  if (dropout !== undefined) {
    checkTensor(where, `${name}.dropout`, dropout, (input as tf.Tensor).shape);
  }
}

export function checkPair(where: string, name: string, value: unknown): void {
  const sizes = Array.isArray(value) && value.length === 2 ? value : [value];
  if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0)) {
    reject(where, name, 'to be an integer ≥ 1 or two of them', value);
  }
}

export type ActivationOption =
  | ActivationName
  | Activation
  | readonly (ActivationName | Activation)[];

/**
 * The activation of every layer: φ for those with weights, from the option or from the layers themselves,
 * and none for a pool. The logits are linear.
 */
export function activationsOf(
  where: string,
  layers: readonly Layer[],
  option: ActivationOption | undefined,
): (Activation | undefined)[] {
  const hidden = layers.slice(0, -1).filter((layer) => !isPool(layer)).length;
  if (Array.isArray(option) && option.length !== hidden) {
    reject(where, 'activation', `to be one for each of the ${hidden} hidden layers`, option);
  }
  const last = layers.at(-1) as DenseLayer;
  if (![undefined, 'linear'].includes(last.activation as 'linear' | undefined)) {
    reject(
      where,
      `layers[${layers.length - 1}].activation`,
      'to be left out: the last layer makes the logits',
      last.activation,
    );
  }
  let count = 0;
  return layers.map((layer, l) => {
    if (isPool(layer) || l === layers.length - 1) {
      return undefined;
    }
    const common = Array.isArray(option) ? option[count] : option;
    count += 1;
    const own = layer.activation;
    if (common !== undefined && own !== undefined && own !== common) {
      reject(where, `layers[${l}].activation`, 'to be what the option `activation` says', own);
    }
    const activation = activationOf(
      where,
      own === undefined ? 'activation' : `layers[${l}].activation`,
      own ?? common,
    );
    if (activation.reads === 'preActivation') {
      const shape = [layer.input.shape[0], ...outputShape(layer)];
      checkTensor(where, `layers[${l}].preActivation`, layer.preActivation, shape);
    }
    return activation;
  });
}

export function activationOf(where: string, name: string, value: unknown): Activation {
  if (typeof value === 'string' && Object.hasOwn(activations, value)) {
    return activations[value as ActivationName];
  }
  const { apply, slope } = (value ?? {}) as Partial<Activation>;
  if (typeof apply !== 'function' || typeof slope !== 'function') {
    const names = Object.keys(activations).map((known) => JSON.stringify(known));
    reject(where, name, `to be one of ${names.join(', ')}, or an Activation`, value);
  }
  return value as Activation;
}

/** The given rows of every tensor of a layer that has examples. */
export function rowsOf<L extends Layer>(layer: L, start: number, size: number): L {
  const slice = <T extends tf.Tensor>(x: T | undefined): T | undefined =>
    x && (size === x.shape[0] ? x : (tf.slice(x, start, size) as T));
  const { input, dropout, preActivation } = layer as L & Hidden;
  return {
    ...layer,
    input: slice(input as tf.Tensor),
    dropout: slice(dropout),
    ...(preActivation && { preActivation: slice(preActivation) }),
  } as L;
}

/**
 * An output beyond the range of its activation gives away what shape alone cannot: another activation, or
 * dropout or a normalization that is not in the list. Only where the values lie in host memory.
 */
export function checkRange(
  where: string,
  l: number,
  output: tf.Tensor,
  { range: [least, most] }: Activation,
): void {
  if (!Number.isFinite(least) && !Number.isFinite(most)) {
    return;
  }
  const slack = 1e-4;
  const outside = hostView(output)?.find((x: number) => x < least - slack || x > most + slack);
  if (outside !== undefined) {
    reject(
      where,
      `layers[${l}].input`,
      `to lie in [${least}, ${most}], being the output of the activation before it; dropout between them goes into \`dropout\`, a normalization is not supported`,
      outside,
    );
  }
}
