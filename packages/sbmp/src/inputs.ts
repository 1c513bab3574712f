import * as tf from '@tensorflow/tfjs-core';
import {
  callback,
  checkArgument,
  checkClasses,
  checkTensor,
  flag,
  type Head,
  headRule,
  integer,
  nonNegative,
  number,
  oneOf,
  reject,
  tensor,
} from '@toploss/core/kit';
import type { Mask } from './padding.js';

export const where = 'sbmp';

export interface SbmpOptions {
  /** How far every example moves, in the unit of the embeddings; a number ≥ 0, default 5. */
  alpha?: number;
  /** How the logits predict; default `'softmax'`. */
  head?: Head;
  /** Both sides, half each (default), or KL(sg p ‖ q) alone. */
  symmetric?: boolean;
  /** ξ: the signs ±1, of the shape of the embeddings; by default drawn. */
  noise?: tf.Tensor;
  /** An integer ≥ 0. The same seed draws the same signs; default: random. Not read where `noise` is given. */
  seed?: number;
  /** `[B]` or `[B, L]`, true or 1 for what counts; default all. */
  mask?: Mask;
  /**
   * The share of the batch that the noisy pass reads, in (0, 1]; default 1. `modelFn` gets that many
   * examples, block number `seed` of the batch.
   */
  fraction?: number;
  /** The mean over the `'rows'` of the logits (default), or their sum divided by the `'batch'` size. */
  reduction?: 'rows' | 'batch';
}

export const sbmpRules = {
  alpha: nonNegative,
  head: headRule,
  symmetric: flag,
  noise: tensor,
  seed: integer(0),
  mask: tensor,
  fraction: number('in (0, 1]', (x) => x > 0 && x <= 1),
  reduction: oneOf('rows', 'batch'),
};

/** `logits` is the name of the argument that the clean logits came in. */
export function checkInputs(
  logits: string,
  cleanLogits: tf.Tensor,
  modelFn: unknown,
  embeddings: tf.Tensor,
  { head = 'softmax', noise, mask }: SbmpOptions,
): void {
  checkBatch('embeddings', embeddings);
  checkBatch(logits, cleanLogits);
  checkClasses(where, logits, cleanLogits, head);
  const [batch] = embeddings.shape as [number];
  if (cleanLogits.shape[0] !== batch) {
    reject(where, logits, `of shape [${batch}, …, C], as the embeddings`, cleanLogits);
  }
  checkArgument(where, 'modelFn', modelFn, callback);
  if (noise !== undefined) {
    checkTensor(where, 'noise', noise, embeddings.shape);
  }
  if (mask !== undefined) {
    checkMask(mask, embeddings, cleanLogits);
  }
}

/** A tensor of real vectors, at least one. */
function checkBatch(argument: string, value: unknown): void {
  const expected = 'to be a float32 tensor of rank ≥ 2 that is not empty';
  if (!(value instanceof tf.Tensor) || value.isDisposed) {
    reject(where, argument, expected, value);
  }
  if (value.rank < 2 || value.dtype !== 'float32' || value.size === 0) {
    reject(where, argument, expected, value);
  }
}

function checkMask(mask: Mask, embeddings: tf.Tensor, logits: tf.Tensor): void {
  const [batch, length] = embeddings.shape as [number, number];
  if (!(mask instanceof tf.Tensor) || mask.rank !== 2) {
    checkTensor(where, 'mask', mask, [batch]);
    return;
  }
  checkTensor(where, 'mask', mask, [batch, length]);
  if (logits.rank > 2 && logits.shape[1] !== length) {
    const expected = `of shape [${batch}], as the logits have ${logits.shape[1]} positions and the embeddings ${length}`;
    reject(where, 'mask', expected, mask);
  }
}
