import type * as tf from '@tensorflow/tfjs-core';
import {
  checkArgument,
  checkObject,
  checkTensor,
  float32,
  number,
  oneOf,
  reject,
  tensor,
} from '@toploss/core';
import { activationOf } from './activations-of.js';
import { checkPair } from './check-layers.js';
import type {
  SequentialConv,
  SequentialDropout,
  SequentialLayer,
  SequentialPool,
} from './sequential.js';

const keys = ['kernel', 'bias', 'activation', 'strides', 'pad', 'pool', 'size', 'dropout'];

/** Layers of which each is of one kind and whole, and the last makes logits. */
export function checkSequential(
  where: string,
  layers: unknown,
): asserts layers is SequentialLayer[] {
  if (!Array.isArray(layers) || layers.length === 0) {
    reject(where, 'layers', 'to be an array of at least one layer', layers);
  }
  for (const [l, layer] of layers.entries()) {
    const name = `layers[${l}]`;
    checkObject(where, name, layer);
    const unknown = Object.keys(layer).find((key) => !keys.includes(key));
    const kinds = ['kernel', 'pool', 'dropout'].filter((kind) => Object.hasOwn(layer, kind));
    if (unknown !== undefined || kinds.length !== 1) {
      reject(
        where,
        name,
        'to be { kernel, bias, activation, … }, { pool, size } or { dropout }',
        layer,
      );
    }
    const {
      kernel,
      bias,
      activation = 'linear',
      strides = 1,
      pad = 'valid',
      pool,
      size,
      dropout,
    } = layer as Partial<SequentialConv & SequentialPool & SequentialDropout>;
    if (kinds[0] === 'kernel') {
      if (!tensor.allows(kernel) || ![2, 4].includes((kernel as tf.Tensor).rank)) {
        reject(
          where,
          `${name}.kernel`,
          'to be a tensor of rank 2, dense, or 4, a convolution',
          kernel,
        );
      }
      checkArgument(where, `${name}.kernel`, kernel, float32);
      if (bias !== undefined) {
        checkTensor(where, `${name}.bias`, bias, [(kernel as tf.Tensor).shape.at(-1) as number]);
      }
      activationOf(where, `${name}.activation`, activation);
      checkPair(where, `${name}.strides`, strides);
      checkArgument(where, `${name}.pad`, pad, oneOf('valid', 'same'));
    }
    if (kinds[0] === 'pool') {
      checkArgument(where, `${name}.pool`, pool, oneOf('max', 'avg'));
      checkPair(where, `${name}.size`, size);
    }
    const rate = number('in [0, 1)', (x) => x >= 0 && x < 1);
    if (kinds[0] === 'dropout' && !rate.allows(dropout)) {
      reject(where, `${name}.dropout`, rate.expected, dropout);
    }
  }
  const { kernel, activation = 'linear' } = layers.at(-1);
  if (kernel?.rank !== 2 || activation !== 'linear') {
    reject(
      where,
      `layers[${layers.length - 1}]`,
      'to be dense and linear: it makes the logits',
      layers.at(-1),
    );
  }
}
