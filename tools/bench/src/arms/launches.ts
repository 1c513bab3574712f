import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { type SaspNetworkTermOptions, saspNetwork } from '@toploss/sasp';
import { type Arms, adam, batchOf, type Size } from './arms.js';
import { networkOf, PERIOD } from './network.js';
import { stepArms } from './step.js';
import { taskArms } from './tasks.js';

/** All that takes whole steps, beside the plain step of tfjs. */
export const launchArms = (size: Size): Arms => ({
  ...stepArms(size),
  'network, every 4th step': ofAllLayers(size, {}),
  'weight noise, every 4th step': ofAllLayers(size, { via: 'weights' }),
  ...taskArms(size),
});

function ofAllLayers(size: Size, options: SaspNetworkTermOptions): () => void {
  const { x, oneHot } = batchOf(size);
  const { params, forward } = networkOf(size.widths);
  const named = Object.fromEntries(params.map((variable) => [variable.name, variable]));
  const terms = [saspNetwork({ root: 'ratio', ...options, every: PERIOD, seed: 1 })];
  const step = trainStep({ optimizer: adam(), params, terms });
  return () => {
    const losses = step(() => {
      const outputs = forward(x);
      return {
        ...outputs,
        loss: tf.losses.softmaxCrossEntropy(oneHot, outputs.logits),
        modelFn: (x: tf.Tensor) => forward(x as tf.Tensor2D).logits,
        embeddings: x,
        params: named,
      };
    });
    tf.dispose(losses);
  };
}
