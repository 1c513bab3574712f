import * as tf from '@tensorflow/tfjs-core';
import type { DenseLayer } from '@toploss/sasp';
import { parameters } from './layers.js';
import type { Model } from './model.js';
import { product } from './product.js';

const SIZES = [64, 128, 128, 128, 10];

/** Dense layers, ReLUs between them. */
export function mlp(seed: number): Model {
  const make = parameters(seed);
  const weights = SIZES.slice(1).map((outputs, k) => {
    const kernel = make.kernel([SIZES[k] as number, outputs], 2) as tf.Variable<tf.Rank.R2>;
    return { kernel, bias: make.filled([outputs], 0) };
  });
  return {
    params: make.all,
    forward(x) {
      const layers: DenseLayer[] = [];
      let logits = x;
      for (const [k, { kernel, bias }] of weights.entries()) {
        const input = k === 0 ? x : tf.relu(logits);
        const isLast = k === weights.length - 1;
        layers.push({ input, kernel, activation: isLast ? 'linear' : 'relu' });
        logits = tf.add(product(input, kernel), bias);
      }
      return { logits, features: layers.at(-1)?.input as tf.Tensor2D, layers };
    },
  };
}
