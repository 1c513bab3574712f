import * as tf from '@tensorflow/tfjs-core';

/** The values of x where they lie in host memory; `undefined` where reading would wait for a device. */
export function hostValues(x: tf.Tensor): Float32Array | Int32Array | Uint8Array | undefined {
  return ['cpu', 'wasm'].includes(tf.getBackend()) ? (x.dataSync() as Float32Array) : undefined;
}
