import type * as tf from '@tensorflow/tfjs-core';
import {
  checkArgument,
  checkClasses,
  checkObject,
  checkTensor,
  flag,
  float32,
  type Head,
  hostView,
  reject,
} from '@toploss/core';
import type { Activation } from './activations.js';
import {
  type ConvLayer,
  isConv,
  isPool,
  type Layer,
  outputShape,
  type PoolLayer,
  pair,
} from './layers.js';

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

const keys = {
  dense: ['input', 'kernel', 'activation', 'preActivation', 'dropout', 'includeBias'],
  conv: [
    'input',
    'kernel',
    'activation',
    'preActivation',
    'dropout',
    'includeBias',
    'strides',
    'pad',
  ],
  pool: ['input', 'pool', 'size', 'dropout'],
};

export function checkLogits(
  where: string,
  logits: tf.Tensor,
  head: Head,
): asserts logits is tf.Tensor2D {
  checkTensor(where, 'logits', logits, ['B', 'C']);
  if (logits.size === 0) {
    reject(where, 'logits', 'to have at least one example and one class', logits);
  }
  checkArgument(where, 'logits', logits, float32);
  checkClasses(where, 'logits', logits, head);
}

/** Layers whose shapes fit from the first to the logits. */
export function checkLayers(
  where: string,
  logits: tf.Tensor2D,
  layers: unknown,
): asserts layers is Layer[] {
  const [batch] = logits.shape;
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
  const { input, kernel, pool, size, strides = 1, pad = 'valid' } = own;
  const { dropout, preActivation, includeBias } = own;
  if (includeBias !== undefined) {
    checkArgument(where, `${name}.includeBias`, includeBias, flag);
  }
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
  for (const [key, tensor] of Object.entries({ input, kernel, dropout, preActivation })) {
    if (tensor !== undefined) {
      checkArgument(where, `${name}.${key}`, tensor, float32);
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
