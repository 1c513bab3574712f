import * as tf from '@tensorflow/tfjs-core';
import { Checks, checkClasses, float32, type Head, type Rule } from '@toploss/core/kit';

/** The inputs of a head, one row for each prediction. */
export interface HeadInputs {
  /** z: [B, C] */
  readonly logits: tf.Tensor2D;
  /** h: [B, D] */
  readonly features: tf.Tensor2D;
  /** Class indices `int32 [B]`, or one-hot or soft labels `[B, C]`. */
  readonly targets: tf.Tensor1D | tf.Tensor2D;
  /** [B]: 1 or true for the rows that count. */
  readonly mask?: tf.Tensor1D | undefined;
  /** The number that stands for a missing label. */
  readonly ignoreLabel?: number | undefined;
}

type Given = Record<'logits' | 'features' | 'targets' | 'mask', tf.Tensor | undefined> & {
  readonly ignoreLabel?: number | undefined;
};

export const check: Checks = new Checks('sasp');

export const label: Rule = {
  expected: 'to be a number, which may be NaN',
  allows: (value) => typeof value === 'number',
};

/** Throws unless the shapes fit. TypeScript seldom knows the rank of a tensor, so the types allow any. */
export function checkInputs(check: Checks, given: Given, head: Head): void {
  const { logits, features, mask } = given;
  checkRank(check, logits);
  const rows = logits.shape.slice(0, -1);
  if (logits.size === 0) {
    check.reject('logits', 'to have at least one example and one class', logits);
  }
  check.argument('logits', logits, float32);
  checkClasses(check.where, 'logits', logits, head);
  check.tensor('features', features, [...rows, 'D']);
  if (mask !== undefined) {
    check.tensor('mask', mask, rows);
  }
  checkTargets(check, given, logits.shape, head);
}

function checkRank(check: Checks, logits: unknown): asserts logits is tf.Tensor {
  if (!(logits instanceof tf.Tensor) || logits.isDisposed || logits.rank < 3) {
    check.tensor('logits', logits, ['B', 'C']);
  }
}

function checkTargets(
  check: Checks,
  { targets, ignoreLabel }: Given,
  labels: readonly number[],
  head: Head,
): void {
  const rows = labels.slice(0, -1);
  if (!(targets instanceof tf.Tensor) || targets.isDisposed || targets.rank === labels.length) {
    if (head === 'softmax' && targets?.shape?.at(-1) === 1) {
      const expected = `to be class indices of shape [${rows.join(', ')}] or labels of shape [${labels.join(', ')}]; tf.squeeze takes the last axis of indices away`;
      check.reject('targets', expected, targets);
    }
    check.tensor('targets', targets, labels);
    return;
  }
  if (head !== 'softmax') {
    check.reject('targets', `of shape [${labels.join(', ')}], as the ${head} head needs`, targets);
  }
  check.tensor('targets', targets, rows);
  // int32 has no NaN.
  if (targets.dtype !== 'int32' && !Number.isNaN(ignoreLabel)) {
    const expected =
      'of dtype int32, being class indices; set `ignoreLabel: NaN` if NaN stands for a missing label';
    check.reject('targets', expected, targets);
  }
}

/** Flattens checked inputs: all axes but the last become rows. */
export function rowsOf({ logits, features, targets, mask, ignoreLabel }: Given): HeadInputs {
  const inRows = (x: tf.Tensor | undefined, rank: number) =>
    x === undefined || x.rank === rank
      ? x
      : tf.reshape(x, rank === 1 ? [-1] : [-1, x.shape.at(-1) as number]);
  const isIndices = targets?.rank !== logits?.rank;
  return {
    logits: inRows(logits, 2),
    features: inRows(features, 2),
    targets: inRows(targets, isIndices ? 1 : 2),
    mask: inRows(mask, 1),
    ignoreLabel,
  } as HeadInputs;
}
