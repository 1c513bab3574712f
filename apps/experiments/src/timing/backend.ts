import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@toploss/core/gradients';

/** Never another backend than the one asked for: a time of it, or a result, would go under the wrong name. */
export async function useBackend(wanted: string): Promise<void> {
  if (!(await tf.setBackend(wanted))) {
    throw new Error(`experiments: expected the backend "${wanted}" to start in this process`);
  }
}
