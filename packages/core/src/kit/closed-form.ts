import * as tf from '@tensorflow/tfjs-core';
import { alias } from '../step/kept.js';
import { scaled } from './elementwise.js';
import { tensorOf, valueAtHand } from './loop.js';

/** The value of a formula and its gradients, one for each input, of the input's shape. On cpu and wasm these may be arrays. */
export interface WithGradients {
  readonly value: tf.Scalar;
  readonly grads: readonly (tf.Tensor | Float32Array)[];
}

/**
 * The value of a formula f, and dy · ∂f/∂xₖ for each input, computed in the backward pass. The pullback may read only its
 * arguments: the intermediate results of f are disposed of before it runs.
 */
export interface WithPullback<T extends tf.Tensor = tf.Scalar> {
  readonly value: T;
  readonly saved: tf.Tensor[];
  pullback(dy: T, saved: tf.Tensor[]): tf.Tensor[];
}

/**
 * A scalar f(x₁, …, xₙ) whose gradients are known in closed form.
 *
 * The forward pass computes the value and the gradients, which share intermediate results. The backward pass only
 * scales the gradients:
 *
 *     ∂L/∂xₖ = (∂L/∂f) · grads[k]
 *
 * tfjs does not record the operations inside f, and they need no gradients.
 *
 * @param inputs The tensors by which f is differentiated; f may close over others.
 * @param f May also leave the gradients to a pullback.
 */
export const closedForm = (
  inputs: readonly tf.Tensor[],
  f: () => WithGradients | WithPullback,
): tf.Scalar =>
  withPullback(inputs, () => {
    const found = f();
    return 'pullback' in found ? found : scaling(inputs, found);
  });

function scaling(inputs: readonly tf.Tensor[], { value, grads }: WithGradients): WithPullback {
  const pullback = (dy: tf.Scalar, saved: tf.Tensor[]) => {
    let k = 0;
    return grads.map((grad, of) =>
      grad instanceof tf.Tensor
        ? times(dy, saved[k++]!)
        : tensorOf(multiple(valueAtHand(dy)!, grad), inputs[of]!.shape),
    );
  };
  return { value, saved: grads.filter((grad) => grad instanceof tf.Tensor), pullback };
}

/** dy · grad; usually dy is 1. */
const times = (dy: tf.Scalar, grad: tf.Tensor): tf.Tensor =>
  valueAtHand(dy) === 1 ? alias(grad) : scaled(dy, grad);

const multiple = (c: number, x: Float32Array): Float32Array =>
  c === 1 ? x : x.map((entry) => c * entry);

/**
 * An operation f(x₁, …, xₙ) with its own gradient, computed in the backward pass.
 *
 * @param inputs The tensors by which f is differentiated; f may close over others.
 */
export function withPullback<T extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  f: () => WithPullback<T>,
): T {
  // The types of tfjs have one list of inputs with `save` at its end, and a `gradFunc` without `saved`.
  const withGradient = (...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = args[inputs.length] as tf.GradSaveFunc;
    const { value, saved, pullback } = f();
    save(saved);
    return { value, gradFunc: pullback };
  };
  return tf.customGrad(withGradient as Parameters<typeof tf.customGrad<T>>[0])(...inputs);
}

/**
 * f as a constant: an operation without inputs, inside which tfjs records nothing. With `stopGradient`, tfjs would still
 * send zeros back through f, and most operations in f have no second derivative.
 */
export const constant = <T extends tf.Tensor>(f: () => T): T =>
  withPullback([], () => ({ value: f(), saved: [], pullback: () => [] }));
