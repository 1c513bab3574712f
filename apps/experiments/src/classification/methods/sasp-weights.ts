import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { saspNetwork } from '@toploss/sasp';
import { crossEntropyOf, type Step, type Training } from './step.js';

export interface SaspWeightsOptions {
  lambda: number;
  every?: number;
  root?: true | 'ratio';
}

/** The cross-entropy with SASP of all weights, relative, by weight noise. */
export function saspWeights(
  { lambda, every = 1, root = true }: SaspWeightsOptions,
  { network, optimizer, seed }: Training,
): Step {
  const step = trainStep({
    optimizer,
    params: network.params,
    terms: [saspNetwork({ via: 'weights', scale: 'relative', root, lambda, every, seed })],
  });
  const params = Object.fromEntries(network.params.map((variable) => [variable.name, variable]));
  const modelFn = (x: tf.Tensor) => network.forward(x as tf.Tensor2D).logits;
  return {
    take: ({ x, y }) => {
      const losses = step(() => {
        const outputs = network.forward(x);
        const loss = crossEntropyOf(outputs, y);
        return { loss, logits: outputs.logits, modelFn, embeddings: x, params };
      });
      tf.dispose(losses);
    },
  };
}
