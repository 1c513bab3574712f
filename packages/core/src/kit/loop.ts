import type * as tf from '@tensorflow/tfjs-core';
import { hostView } from '../host-values.js';

/**
 * f of the values of float32 tensors, where they are at hand: on cpu and wasm. `undefined` where reading them would wait
 * for a device:
 *
 *     inLoop([x, y], (x, y) => …) ?? operations(x, y)
 *
 * @param f Makes its tensors last, since the values on wasm are gone with the next tensor that is made.
 */
export function inLoop<R>(
  tensors: readonly tf.Tensor[],
  f: (...values: Float32Array[]) => R,
): R | undefined {
  const values: Float32Array[] = [];
  for (const x of tensors) {
    const view = hostView(x);
    if (view === undefined) {
      return undefined;
    }
    values.push(view as Float32Array);
  }
  return f(...values);
}
