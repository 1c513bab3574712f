import * as tf from '@tensorflow/tfjs-core';
import type { Network } from './network.js';
import { adam, lossOf, type TrainingStep } from './training-step.js';

/** Weight decay in the loss: ½ λ ‖W‖², over the kernels. */
export function l2Step(network: Network, lambda: number): TrainingStep {
  const optimizer = adam();
  const kernels = network.params.filter(({ rank }) => rank > 1);
  return {
    take: (batch) => {
      const loss = () => {
        const squares = tf.addN(kernels.map((kernel) => tf.sum(tf.square(kernel))));
        return tf.add(lossOf(network, batch), tf.mul(lambda / 2, squares)) as tf.Scalar;
      };
      optimizer.minimize(loss, false, network.params);
    },
    dispose: () => optimizer.dispose(),
  };
}

/** Sharpness-aware minimization (SAM). */
export function samStep(network: Network, rho: number): TrainingStep {
  const optimizer = adam();
  return {
    take: (batch) => {
      const gradients = sharpnessAwareGradients(() => lossOf(network, batch), network.params, rho);
      optimizer.applyGradients(
        network.params.map(({ name }) => ({ name, tensor: gradients[name] as tf.Tensor })),
      );
      tf.dispose(gradients);
    },
    dispose: () => optimizer.dispose(),
  };
}

/**
 * The gradients at θ + ρ g/‖g‖, where g is the gradient at θ. The parameters are at θ again afterwards, bit for bit.
 *
 * @see Foret et al., https://arxiv.org/abs/2010.01412
 */
export function sharpnessAwareGradients(
  loss: () => tf.Scalar,
  params: tf.Variable[],
  rho: number,
): tf.NamedTensorMap {
  return tf.tidy(() => {
    const { grads } = tf.variableGrads(loss, params);
    const squares = Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)));
    const scale = tf.div(rho, tf.add(tf.sqrt(tf.addN(squares)), 1e-12));
    const here = params.map((param) => tf.clone(param));
    for (const param of params) {
      param.assign(tf.add(param, tf.mul(scale, grads[param.name] as tf.Tensor)));
    }
    const uphill = tf.variableGrads(loss, params).grads;
    for (const [k, param] of params.entries()) {
      param.assign(here[k] as tf.Tensor);
    }
    return uphill;
  });
}
