import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { lossesAndProxies, nger as weightingOf } from '@toploss/nger';
import { lossesOf, type Step, type Training } from './step.js';

export interface NgerOptions {
  /** `known`: the least losses that the noise in the targets allows. */
  floor: 'ema-min' | 'window-min' | 'taylor' | 'known';
  gamma: number;
}

/** NGER, with the proxies by the representation. */
export function nger({ floor, gamma }: NgerOptions, training: Training): Step {
  const { network, tasks, optimizer } = training;
  const weighting = weightingOf({
    tasks: 2,
    gamma,
    floor: floor === 'known' ? tasks.map((task) => task.floor) : floor,
  });
  const step = trainStep({ optimizer, params: network.params, terms: [weighting] });
  return {
    take: (batch) =>
      tf.tidy(() => {
        step(() => {
          const inputs = lossesAndProxies(
            (h: tf.Tensor2D) => lossesOf(training, batch, h),
            network.representation(batch.x),
          );
          return { loss: weighting.loss(inputs), ...inputs };
        });
        return weighting.weights().dataSync()[0] as number;
      }),
    dispose: () => weighting.dispose(),
  };
}
