import * as tf from '@tensorflow/tfjs-core';
import {
  type Block,
  type Checks,
  callback,
  checkClasses,
  checkVariables,
  float32,
  type Head,
  tensor,
} from '@toploss/core/kit';
import type { Scale } from '../trace/scale.js';

export function checkPass(
  check: Checks,
  logits: tf.Tensor,
  modelFn: unknown,
  embeddings: unknown,
  head: Head,
): void {
  check.argument('logits', logits, float32);
  if (logits.rank < 2 || logits.size === 0) {
    check.reject('logits', 'of shape […, C], with at least one row and one class', logits);
  }
  checkClasses(check.where, 'logits', logits, head);
  check.argument('modelFn', modelFn, callback);
  check.argument('embeddings', embeddings, tensor);
}

/** The variables that get noise: all of them, or with the relative scale those of rank ≥ 2. */
export function sharersAmong(
  check: Checks,
  params: readonly tf.Variable[],
  scale: Scale,
): tf.Variable[] {
  checkVariables(check.where, params);
  const sharers = params.filter(({ rank }) => scale === 'absolute' || rank >= 2);
  if (sharers.length === 0) {
    const expected =
      "to have a variable of rank ≥ 2, as others have no share in the relative trace; use `scale: 'absolute'`";
    check.reject('params', expected, params.map(({ name }) => name).join(', '));
  }
  for (const variable of sharers) {
    check.argument(`params '${variable.name}'`, variable, float32);
  }
  return sharers;
}

/** The given noise of each sharer, in their order. Noise for other parameters is allowed. */
export function noiseFor(
  check: Checks,
  noise: tf.NamedTensorMap,
  params: readonly tf.Variable[],
  sharers: readonly tf.Variable[],
): tf.Tensor[] {
  const known = params.filter((p) => sharers.includes(p) || Object.hasOwn(noise, p.name));
  const like = Object.fromEntries(known.map((variable) => [variable.name, variable]));
  const checked = check.tensors('noise', noise, like);
  return sharers.map(({ name }) => checked[name]!);
}

/** The rows of a block of x, which must have as many rows as the logits. */
export function rowsOf<T extends tf.Tensor>(
  check: Checks,
  name: string,
  x: T,
  batch: number,
  { start, size }: Block,
): T {
  if (size === batch) {
    return x;
  }
  if (x.shape[0] !== batch) {
    check.reject(name, `of shape [${batch}, …], as the logits, to be cut into blocks of rows`, x);
  }
  return tf.slice(x as tf.Tensor, start, size) as T;
}
