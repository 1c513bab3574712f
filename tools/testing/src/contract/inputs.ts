import * as tf from '@tensorflow/tfjs-core';
import { valuesOf } from '../close.js';

/** The values of all tensors in x, in arrays and plain objects of any depth. */
export function snapshot(x: unknown): unknown {
  if (x instanceof tf.Tensor) {
    return { shape: x.shape, dtype: x.dtype, values: valuesOf(x) };
  }
  if (Array.isArray(x)) {
    return x.map(snapshot);
  }
  if (typeof x !== 'object' || x === null) {
    return x;
  }
  return Object.fromEntries(Object.entries(x).map(([key, value]) => [key, snapshot(value)]));
}

/** The message of an error of this package, about this argument or anything in it. */
export const refused = (name: string, argument = '') =>
  new RegExp(`^${name}: expected \`${argument}[^\`]*\` .*Received: .*\\.$`);
