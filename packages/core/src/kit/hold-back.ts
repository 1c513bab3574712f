import * as tf from '@tensorflow/tfjs-core';

/**
 * Holds back an error of f until the gradient tape has ended; f returns a constant instead. If f threw, tfjs would drop
 * the tape and leak the tensors saved on it.
 */
export function holdBack(f: () => tf.Scalar): { f: () => tf.Scalar; rethrow(): void } {
  let thrown: { error: unknown } | undefined;
  return {
    f: () => {
      try {
        return f();
      } catch (error) {
        thrown = { error };
        return tf.scalar(0);
      }
    },
    rethrow: () => {
      if (thrown !== undefined) {
        throw thrown.error;
      }
    },
  };
}
