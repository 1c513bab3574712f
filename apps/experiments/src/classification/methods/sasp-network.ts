import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { saspNetwork as term } from '@toploss/sasp';
import { crossEntropyOf, type Step, type Training } from './step.js';

export interface SaspNetworkOptions {
  lambda: number;
  fraction: number;
  every?: number;
  scale?: 'relative' | 'absolute';
  root?: true | 'ratio';
}

/** The cross-entropy with SASP of all layers. */
export function saspNetwork(
  { lambda, fraction, every = 1, scale = 'absolute', root = true }: SaspNetworkOptions,
  { network, optimizer, seed }: Training,
): Step {
  const step = trainStep({
    optimizer,
    params: network.params,
    terms: [term({ lambda, fraction, every, scale, root, seed })],
  });
  return {
    take: ({ x, y }) => {
      const losses = step(() => {
        const outputs = network.forward(x);
        return { loss: crossEntropyOf(outputs, y), ...outputs };
      });
      tf.dispose(losses);
    },
  };
}
