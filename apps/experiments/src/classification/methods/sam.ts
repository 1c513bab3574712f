import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy, type Step, type Training } from './step.js';

/**
 * Sharpness-aware minimization: the gradient at θ + ρ g/‖g‖, applied at θ.
 *
 * @see Foret et al., https://arxiv.org/abs/2010.01412
 */
export function sam({ rho }: { rho: number }, { network, optimizer }: Training): Step {
  const { params } = network;
  return {
    take: (batch) =>
      tf.tidy(() => {
        const gradients = () => tf.variableGrads(() => crossEntropy(network, batch), params).grads;
        const g = gradients();
        const norm = tf.sqrt(tf.addN(Object.values(g).map((x) => tf.sum(tf.square(x)))));
        const origin = params.map((p) => tf.clone(p));
        const scale = tf.div(rho, tf.add(norm, 1e-12));
        for (const p of params) {
          p.assign(tf.add(p, tf.mul(scale, g[p.name] as tf.Tensor)));
        }
        const ascended = gradients();
        for (const [k, p] of params.entries()) {
          p.assign(origin[k] as tf.Tensor);
        }
        optimizer.applyGradients(ascended);
      }),
  };
}
