import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Registers the backend `device`: the kernels of cpu under another name, of which the packages do not know that its
 * values are at hand. There they take the operations that run on GPUs, in Node and exactly.
 */
export function registerDevice(): void {
  if (tf.findBackendFactory('device')) return; // by the file before this one, in the same process
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    tf.registerKernel({ ...kernel, backendName: 'device' });
  }
  tf.registerBackend('device', () => new MathBackendCPU());
}
