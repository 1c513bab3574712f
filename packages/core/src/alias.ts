import * as tf from '@tensorflow/tfjs-core';

/**
 * Another tensor on the memory of x, which no tape knows of. `tf.clone` is an operation, and on wasm a copy of the values.
 */
export function alias<T extends tf.Tensor>(x: T): T {
  tf.backend().incRef(x.dataId);
  return tf.engine().makeTensorFromTensorInfo(x) as T;
}
