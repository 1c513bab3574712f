import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { sasp } from '@toploss/sasp';
import type { Examples } from './data.js';
import type { Network } from './network.js';

export interface Penalties {
  sasp: { lambda: number; curvature: 'fisher' | 'hessian' };
  cvp: { lambda: number; decoupled: boolean };
}

export interface TrainingStep {
  take(batch: Examples): void;
  dispose(): void;
}

const adam = () => tf.train.adam(5e-3, 0.9, 0.999, 1e-7);

/** The step as one writes it without @toploss. */
export function plainStep(network: Network): TrainingStep {
  const optimizer = adam();
  return {
    take: ({ images, oneHot }) => {
      const loss = () =>
        tf.losses.softmaxCrossEntropy(oneHot, network.forward(images).logits) as tf.Scalar;
      optimizer.minimize(loss, false, network.params);
    },
    dispose: () => optimizer.dispose(),
  };
}

/** The same step with SASP and CVP. */
export function penalizedStep(network: Network, penalties: Penalties): TrainingStep {
  const optimizer = adam();
  const step = trainStep({
    optimizer,
    params: network.params,
    terms: [sasp(penalties.sasp), cvp(penalties.cvp)],
  });
  return {
    take: ({ images, oneHot }) => {
      const losses = step(() => {
        const { logits, features } = network.forward(images);
        const loss = tf.losses.softmaxCrossEntropy(oneHot, logits) as tf.Scalar;
        return { loss, logits, features, targets: oneHot };
      });
      tf.dispose(losses);
    },
    dispose: () => optimizer.dispose(),
  };
}
