import * as tf from '@tensorflow/tfjs-core';

/** f of each tensor, under its name. */
export const mapNamed = <T extends tf.Tensor, R>(
  tensors: Readonly<Record<string, T>>,
  f: (x: T, name: string) => R,
): Record<string, R> =>
  Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, f(x, name)]));

/** Clones share memory with what they are of, and live on without it. */
export const clones = (tensors: Readonly<tf.NamedTensorMap>): tf.NamedTensorMap =>
  mapNamed(tensors, (x) => tf.clone(x));
