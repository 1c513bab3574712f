import type * as tf from '@tensorflow/tfjs-core';
import { alias } from '../step/kept.js';

/** Maps each tensor by f, under the same name. */
export const mapNamed = <T extends tf.Tensor, R>(
  tensors: Readonly<Record<string, T>>,
  f: (x: T, name: string) => R,
): Record<string, R> =>
  Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, f(x, name)]));

/** Constants that share the memory of their originals, and outlive them. */
export const clones = (tensors: Readonly<tf.NamedTensorMap>): tf.NamedTensorMap =>
  mapNamed(tensors, (x) => alias(x));
