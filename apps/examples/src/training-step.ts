import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { type SaspNetworkTermOptions, sasp, saspNetwork } from '@toploss/sasp';
import type { Examples } from './data.js';
import type { Network } from './network.js';

/** What is left out has no part in the loss. */
export interface Penalties {
  /** At the head. */
  sasp?: { lambda: number; curvature: 'fisher' | 'hessian' };
  /** Over all layers. */
  saspNetwork?: SaspNetworkTermOptions;
}

export interface TrainingStep {
  take(batch: Examples): void;
  dispose(): void;
}

export const adam = () => tf.train.adam(5e-3, 0.9, 0.999, 1e-7);

/** The mean cross-entropy of a batch. */
export const lossOf = (network: Network, { images, oneHot }: Examples) =>
  tf.losses.softmaxCrossEntropy(oneHot, network.forward(images).logits) as tf.Scalar;

/** The step as one writes it without @toploss. */
export function plainStep(network: Network): TrainingStep {
  const optimizer = adam();
  return {
    take: (batch) => {
      optimizer.minimize(() => lossOf(network, batch), false, network.params);
    },
    dispose: () => optimizer.dispose(),
  };
}

/** The same step with penalties. */
export function penalizedStep(network: Network, penalties: Penalties): TrainingStep {
  const optimizer = adam();
  const step = trainStep({
    optimizer,
    params: network.params,
    terms: [
      ...(penalties.sasp ? [sasp(penalties.sasp)] : []),
      ...(penalties.saspNetwork ? [saspNetwork({ ...penalties.saspNetwork, seed: 0 })] : []),
    ],
  });
  return {
    take: ({ images, oneHot }) => {
      const losses = step(() => {
        const outputs = network.forward(images);
        const loss = tf.losses.softmaxCrossEntropy(oneHot, outputs.logits);
        return { loss, targets: oneHot, ...outputs };
      });
      tf.dispose(losses);
    },
    dispose: () => optimizer.dispose(),
  };
}
