import * as tf from '@tensorflow/tfjs-core';
import { hostView, scaled } from './loop.js';

/**
 * A scalar f(x₁, …, xₙ) whose gradients are known in closed form.
 *
 * Both are computed in one forward pass, so that they share their intermediates; the backward pass only
 * scales:
 *
 *     ∂L/∂xₖ = (∂L/∂f) · grads[k]
 *
 * None of the operations inside needs a gradient of its own, and tfjs records none of them.
 *
 * @param inputs What is differentiated; anything else is closed over.
 * @param f The value, and one gradient for each input, of the input's shape.
 */
export function closedForm(
  inputs: readonly tf.Tensor[],
  f: () => { value: tf.Scalar; grads: tf.Tensor[] },
): tf.Scalar {
  return withPullback(inputs, () => {
    const { value, grads } = f();
    return { value, saved: grads, pullback: (dy, grads) => grads.map((grad) => times(dy, grad)) };
  });
}

/** dy · grad; dy is 1 more often than not. */
const times = (dy: tf.Scalar, grad: tf.Tensor): tf.Tensor =>
  hostView(dy)?.[0] === 1 ? tf.clone(grad) : scaled(dy, grad);

/**
 * An operation f(x₁, …, xₙ) with a gradient of its own, computed when it is asked for.
 *
 * @param inputs What is differentiated; anything else is closed over.
 * @param f The value, what the gradient reads, and the gradient by each input, dy · ∂f/∂xₖ. The gradient
 *   reads nothing else than its arguments: by the time it is asked for, an intermediate of f is disposed.
 */
export function withPullback<T extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  f: () => {
    value: T;
    saved: tf.Tensor[];
    pullback: (dy: T, saved: tf.Tensor[]) => tf.Tensor[];
  },
): T {
  // tfjs types the inputs and the `save` behind them as one list, and its `gradFunc` without `saved`.
  const withGradient = (...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = args[inputs.length] as tf.GradSaveFunc;
    const { value, saved, pullback } = f();
    save(saved);
    return { value, gradFunc: pullback };
  };
  return tf.customGrad(withGradient as Parameters<typeof tf.customGrad<T>>[0])(...inputs);
}

/**
 * f as a constant: an operation without inputs, inside which nothing is recorded. tfjs would take `stopGradient`
 * back through what is before it, times 0, and has no second derivative of most.
 */
export const constant = <T extends tf.Tensor>(f: () => T): T =>
  withPullback([], () => ({ value: f(), saved: [], pullback: () => [] }));
