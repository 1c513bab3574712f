import * as tf from '@tensorflow/tfjs-core';
import {
  checkArgument,
  checkClasses,
  checkTensor,
  float32,
  type Head,
  type Rule,
  reject,
} from '@toploss/core/kit';

/** What a head reads, one row for each prediction. */
export interface HeadInputs {
  /** z: [B, C] */
  readonly logits: tf.Tensor2D;
  /** h: [B, D] */
  readonly features: tf.Tensor2D;
  /** Class indices `int32 [B]`, or one-hot or soft labels `[B, C]`. */
  readonly targets: tf.Tensor1D | tf.Tensor2D;
  /** [B], what counts. */
  readonly mask?: tf.Tensor1D | undefined;
  /** Stands for a label that is missing. */
  readonly ignoreLabel?: number | undefined;
}

type Given = Record<'logits' | 'features' | 'targets' | 'mask', tf.Tensor | undefined> & {
  readonly ignoreLabel?: number | undefined;
};

export const where = 'sasp';

export const label: Rule = {
  expected: 'to be a number, which may be NaN',
  allows: (value) => typeof value === 'number',
};

/** Throws unless the shapes fit. TypeScript seldom knows the rank of a tensor, so that any will do until here. */
export function checkInputs(
  { logits, features, targets, mask, ignoreLabel }: Given,
  head: Head,
  where = 'sasp',
): void {
  checkRank(logits, where);
  const rows = logits.shape.slice(0, -1);
  const classes = logits.shape.at(-1) as number;
  if (logits.size === 0) {
    reject(where, 'logits', 'to have at least one example and one class', logits);
  }
  checkArgument(where, 'logits', logits, float32);
  checkClasses(where, 'logits', logits, head);
  checkTensor(where, 'features', features, [...rows, 'D']);
  if (mask !== undefined) {
    checkTensor(where, 'mask', mask, rows);
  }
  checkTargets(targets, { rows, classes, head, ignoreLabel, where });
}

function checkRank(logits: unknown, where: string): asserts logits is tf.Tensor {
  if (!(logits instanceof tf.Tensor) || logits.isDisposed || logits.rank < 3) {
    checkTensor(where, 'logits', logits, ['B', 'C']);
  }
}

interface Expected {
  readonly rows: readonly number[];
  readonly classes: number;
  readonly head: Head;
  readonly ignoreLabel: number | undefined;
  readonly where: string;
}

function checkTargets(targets: unknown, expected: Expected): void {
  const { rows, classes, head, ignoreLabel, where } = expected;
  const labels = [...rows, classes];
  if (!(targets instanceof tf.Tensor) || targets.isDisposed || targets.rank === labels.length) {
    checkLabels(targets, labels, expected);
    return;
  }
  if (head !== 'softmax') {
    reject(where, 'targets', `of shape [${labels.join(', ')}], as the ${head} head needs`, targets);
  }
  checkTensor(where, 'targets', targets, rows);
  // int32 has no NaN.
  if (targets.dtype !== 'int32' && !Number.isNaN(ignoreLabel)) {
    const expected =
      'of dtype int32, being class indices; set `ignoreLabel: NaN` if NaN stands for a missing label';
    reject(where, 'targets', expected, targets);
  }
}

function checkLabels(
  targets: unknown,
  labels: readonly number[],
  { rows, head, where }: Expected,
): void {
  if (head === 'softmax' && (targets as tf.Tensor | undefined)?.shape?.at(-1) === 1) {
    const expected = `to be class indices of shape [${rows.join(', ')}] or labels of shape [${labels.join(', ')}]; tf.squeeze takes the last axis of indices away`;
    reject(where, 'targets', expected, targets);
  }
  checkTensor(where, 'targets', targets, labels);
}

/** Checked inputs with all axes but the last in one. */
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
