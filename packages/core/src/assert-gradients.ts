import * as tf from '@tensorflow/tfjs-core';

/**
 * Throws, naming the fix, when tfjs has no gradients registered.
 *
 * `@tensorflow/tfjs-core` with a backend registers the kernels but none of their gradients; the first
 * `tf.grad` then fails on whichever operation it meets.
 */
export function assertGradients(): void {
  // Sum: an operation that no loss does without.
  if (tf.getGradient('Sum') === undefined) {
    throw new Error(
      "core: expected the gradients of tfjs to be registered. Received: none. Add `import '@toploss/core/gradients'`, or import '@tensorflow/tfjs' or '@tensorflow/tfjs-layers', before training.",
    );
  }
}
