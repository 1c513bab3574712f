import * as tf from '@tensorflow/tfjs-core';

/**
 * Throws if tfjs has no gradients registered, and says what to import.
 *
 * `@tensorflow/tfjs-core` with a backend registers kernels but no gradients. `tf.grad` then fails at the first
 * operation that it differentiates.
 */
export function assertGradients(): void {
  // Every loss needs the gradient of Sum.
  if (tf.getGradient('Sum') === undefined) {
    throw new Error(
      "core: expected the gradients of tfjs to be registered. Received: none. Add `import '@toploss/core/gradients'`, or import '@tensorflow/tfjs' or '@tensorflow/tfjs-layers', before training.",
    );
  }
}
