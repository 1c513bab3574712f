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

interface Tape {
  readonly gradientDepth: number;
  activeTape?: readonly { readonly saved?: readonly tf.Tensor[] }[] | null;
}

const tape = (): Tape => (tf.engine() as unknown as { readonly state: Tape }).state;

/** Whether a gradient is being computed, which records all operations on its tape. */
export const isInGradient = (): boolean => tape().gradientDepth > 0;

/** Disposes of the tensors saved on a tape whose backward pass threw, which tfjs would leak. */
export function forgetTape(): void {
  const state = tape();
  if (state.gradientDepth === 0) {
    for (const { saved } of state.activeTape ?? []) {
      tf.dispose([...(saved ?? [])]);
    }
    state.activeTape = null;
  }
}
