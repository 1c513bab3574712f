import * as tf from '@tensorflow/tfjs-core';
import {
  Checks,
  callback,
  checkClasses,
  flag,
  type Head,
  headRule,
  integer,
  isNumeric,
  nonNegative,
  oneOf,
  type Rule,
  share,
  tensor,
} from '@toploss/core/kit';

export const check: Checks = new Checks('sbmp');

/**
 * `[B]`, true or 1 for the examples that count, or `[B, L]` for their positions, the second dimension of the
 * embeddings. The rest is padding and may hold anything.
 */
export type Mask = tf.Tensor1D | tf.Tensor2D;

export interface SbmpOptions {
  /** How far the noise moves every example, in the unit of the embeddings; a number ≥ 0, default 5. */
  alpha?: number;
  /** How the logits predict; default `'softmax'`. */
  head?: Head;
  /** Both divergences, half each (default), or KL(sg p ‖ q) alone. */
  symmetric?: boolean;
  /** ξ: the signs ±1, of the shape of the embeddings; drawn by default. */
  noise?: tf.Tensor;
  /** An integer ≥ 0. The same seed draws the same signs; default: random. Not read if `noise` is given. */
  seed?: number;
  /** `[B]` or `[B, L]`, true or 1 for what counts; default all. */
  mask?: Mask;
  /**
   * The share of the batch that the noisy pass reads, in (0, 1]; default 1. `modelFn` gets that many examples, block
   * number `seed` of the batch.
   */
  fraction?: number;
  /** The mean over the `'rows'` of the logits (default), or their sum divided by the `'batch'` size. */
  reduction?: 'rows' | 'batch';
}

/** The options with those that were left out as `undefined`. */
export type Settings = { readonly [Key in keyof SbmpOptions]: SbmpOptions[Key] | undefined };

export const sbmpRules = {
  alpha: nonNegative,
  head: headRule,
  symmetric: flag,
  noise: tensor,
  seed: integer(0),
  mask: tensor,
  fraction: share,
  reduction: oneOf('rows', 'batch'),
};

/** Which positions of every example are live, as booleans [B, L]; [B, 1] of a mask of examples. */
export type Live = tf.Tensor2D;

export const liveOf = (mask: Mask): Live =>
  tf.reshape(tf.cast(mask as tf.Tensor, 'bool'), [mask.shape[0], -1]);

/** @param argument The name of the clean logits in errors. */
export function checkInputs(
  argument: string,
  logits: tf.Tensor,
  modelFn: unknown,
  embeddings: tf.Tensor,
  { head = 'softmax', noise, mask }: Settings,
): void {
  check.argument('embeddings', embeddings, batchRule);
  check.argument(argument, logits, batchRule);
  checkClasses(check.where, argument, logits, head);
  const [batch] = embeddings.shape;
  if (logits.shape[0] !== batch) {
    check.reject(argument, `of shape [${batch}, …, C], as the embeddings`, logits);
  }
  check.argument('modelFn', modelFn, callback);
  if (noise !== undefined) {
    check.tensor('noise', noise, embeddings.shape);
  }
  if (mask !== undefined) {
    checkMask(mask, embeddings, logits);
  }
}

const batchRule: Rule = {
  expected: 'to be a float32 tensor of rank ≥ 2 that is not empty',
  allows: (value) =>
    isNumeric(value) && value.dtype === 'float32' && value.rank >= 2 && value.size > 0,
};

function checkMask(mask: Mask, embeddings: tf.Tensor, logits: tf.Tensor): void {
  const [batch, length] = embeddings.shape as [number, number];
  const hasPositions = mask instanceof tf.Tensor && mask.rank === 2;
  check.tensor('mask', mask, hasPositions ? [batch, length] : [batch]);
  if (hasPositions && logits.rank > 2 && logits.shape[1] !== length) {
    const expected = `of shape [${batch}], as the logits have ${logits.shape[1]} positions and the embeddings ${length}`;
    check.reject('mask', expected, mask);
  }
}
