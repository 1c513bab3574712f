import * as tf from '@tensorflow/tfjs-core';

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
  // tfjs types the inputs and the `save` behind them as one list, and its `gradFunc` without `saved`.
  const withGradient = (...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = args[inputs.length] as tf.GradSaveFunc;
    const { value, grads } = f();
    // A closure over an intermediate would find it disposed by the time the gradient is asked for.
    save(grads);
    return {
      value,
      gradFunc: (dy: tf.Scalar, saved: tf.Tensor[]) => saved.map((grad) => tf.mul(dy, grad)),
    };
  };
  return tf.customGrad(withGradient as Parameters<typeof tf.customGrad<tf.Scalar>>[0])(...inputs);
}
