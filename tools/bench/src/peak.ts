import * as tf from '@tensorflow/tfjs-core';

/**
 * The most that a count of tfjs is above its value before, while something runs. `tf.profile` looks at the counts
 * after its own kernels alone, and would not see the tensors of a loop of ours.
 */
export function peak(count: 'numTensors' | 'numBytes', run: () => void): number {
  const { state } = tf.engine();
  const before = state[count];
  let [now, most] = [before, before];
  Object.defineProperty(state, count, {
    configurable: true,
    get: () => now,
    set: (value: number) => {
      now = value;
      most = Math.max(most, value);
    },
  });
  try {
    run();
  } finally {
    Object.defineProperty(state, count, { value: now, writable: true });
  }
  return most - before;
}
