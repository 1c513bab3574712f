import type * as tf from '@tensorflow/tfjs-core';
import { saspNetwork } from '@toploss/sasp';
import { crossEntropyOf, type Step, type Training, withTerms } from './step.js';

export interface SaspWeightsOptions {
  lambda: number;
  every?: number;
  root?: true | 'ratio';
}

/** The cross-entropy with SASP of all weights, relative, by weight noise. */
export function saspWeights(
  { lambda, every = 1, root = true }: SaspWeightsOptions,
  training: Training,
): Step {
  const { network, seed } = training;
  const params = Object.fromEntries(network.params.map((variable) => [variable.name, variable]));
  const modelFn = (x: tf.Tensor) => network.forward(x as tf.Tensor2D).logits;
  const term = saspNetwork({ via: 'weights', scale: 'relative', root, lambda, every, seed });
  return withTerms(training, [term], ({ x, y }) => {
    const outputs = network.forward(x);
    const loss = crossEntropyOf(outputs, y);
    return { loss, logits: outputs.logits, modelFn, embeddings: x, params };
  });
}
