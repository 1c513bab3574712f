import * as tf from '@tensorflow/tfjs-core';

/**
 * f for a tape of tfjs, with what it throws held back until the tape has ended: a tape that is cut short is
 * forgotten, with all the tensors saved on it. It ends in a constant instead.
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

/** Disposes of what a tape has saved whose way back was cut short: tfjs forgets it. */
export function forgetTape(): void {
  const { state } = tf.engine() as unknown as { readonly state: Tape };
  if (state.gradientDepth === 0) {
    for (const { saved } of state.activeTape ?? []) {
      tf.dispose([...(saved ?? [])]);
    }
    state.activeTape = null;
  }
}
