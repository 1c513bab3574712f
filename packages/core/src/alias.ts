import * as tf from '@tensorflow/tfjs-core';

/**
 * Another tensor with the memory of x, as every backend but wasm has it of `tf.clone`: there that is a copy, and everywhere
 * an operation. No tape knows of it.
 */
export function alias<T extends tf.Tensor>(x: T): T {
  tf.backend().incRef(x.dataId);
  return tf.engine().makeTensorFromTensorInfo(x) as T;
}
