import * as tf from '@tensorflow/tfjs-core';
import type { Draw } from './draw.js';

/** Of the user's: it clips its gradients, and asks for them twice. */
class Clipping extends tf.SGDOptimizer {
  override computeGradients(f: () => tf.Scalar, variables?: tf.Variable[]) {
    tf.dispose(super.computeGradients(f, variables) as never);
    const { value, grads } = super.computeGradients(f, variables);
    const clipped = Object.entries(grads).map(([name, grad]) => {
      const result = grad && tf.clipByValue(grad, -0.1, 0.1);
      tf.dispose(grad);
      return [name, result];
    });
    return { value, grads: Object.fromEntries(clipped) };
  }
}

/** Another, which takes what it is given in its own way. */
class Doubling extends tf.AdamOptimizer {
  override applyGradients(grads: Parameters<tf.Optimizer['applyGradients']>[0]): void {
    const all = grads as { name: string; tensor: tf.Tensor }[]; // As `minimize` gives them to it.
    tf.tidy(() =>
      super.applyGradients(
        all.map(({ name, tensor }) => ({ name, tensor: tensor && tf.mul(2, tensor) })),
      ),
    );
  }
}

const { train } = tf;

const makers: readonly ((rate: number) => tf.Optimizer)[] = [
  (rate) => train.sgd(rate),
  (rate) => train.momentum(rate, 0.9),
  (rate) => train.momentum(rate, 0.9, true),
  (rate) => train.adagrad(rate),
  () => train.adadelta(),
  (rate) => train.adam(rate),
  (rate) => train.adamax(rate),
  (rate) => train.rmsprop(rate, 0.9, 0.5),
  (rate) => new Clipping(rate),
  (rate) => new Doubling(rate, 0.9, 0.999, 1e-7),
];

/** By name, or one of its own. */
export const optimizerOf = (draw: Draw): string | tf.Optimizer =>
  draw.chance(0.5)
    ? draw.one('sgd', 'adam', 'adamax', 'adagrad', 'rmsprop', 'adadelta')
    : draw.one(...makers)(draw.one(0.01, 0.1));
