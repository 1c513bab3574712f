import type { Head } from '@toploss/core';
import { computedLoss } from './known-losses.js';
import type { LossFunction } from './model.js';

/** The activation that ends an output, and the losses under which its logits predict so. */
type Row = readonly [head: Head, activation: string, losses: readonly string[]];

/** A loss by the name in `compile`; tfjs marks the functions of `tf.losses` with `__op`, in every bundle. */
const table: readonly Row[] = [
  [
    'softmax',
    'softmax',
    [
      'categoricalCrossentropy',
      'sparseCategoricalCrossentropy',
      'kullbackLeiblerDivergence', // the cross-entropy less the entropy of the targets
    ],
  ],
  ['softmax', 'logSoftmax', ['softmaxCrossEntropy__op']], // softmax(log p) is p
  ['softmax', 'linear', ['softmaxCrossEntropy__op']],
  ['sigmoid', 'sigmoid', ['binaryCrossentropy', 'logLoss__op']],
  ['sigmoid', 'linear', ['sigmoidCrossEntropy__op']],
  [
    'linear',
    'linear',
    [
      ...['meanSquaredError', 'meanSquaredError__op'],
      ...['meanAbsoluteError', 'absoluteDifference__op'],
      ...['meanAbsolutePercentageError', 'meanSquaredLogarithmicError'],
      ...['logcosh', 'huberLoss__op'],
    ],
  ],
];

/**
 * How the logits of an output predict; `null` where its activation and its loss do not say so, as a hinge or a
 * function of the user's own.
 *
 * @param classes The size of the last axis: a softmax of one logit predicts nothing.
 */
export function headOf(activation: string, loss: unknown, classes: number): Head | null {
  const name = typeof loss === 'function' ? nameOf(loss as LossFunction) : loss;
  const row = table.find(
    ([, ends, losses]) => ends === activation && losses.includes(String(name)),
  );
  const head = row?.[0] ?? null;
  return head === 'softmax' && classes === 1 ? null : head;
}

const nameOf = (loss: LossFunction): string | undefined =>
  loss.name.endsWith('__op') ? loss.name : computedLoss(loss);
