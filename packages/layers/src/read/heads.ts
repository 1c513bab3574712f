import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import type { LossFunction } from '../watch/model.js';
import { computedLoss } from './known-losses.js';

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
  const name = nameOf(loss);
  const row = table.find(([, ends, losses]) => ends === activation && losses.includes(name));
  const head = row?.[0] ?? null;
  return head === 'softmax' && classes === 1 ? null : head;
}

/** What a loss reads of an output, whatever has made that: logits in their own right, and how they predict. */
export interface Reading {
  readonly head: Head;
  logits(output: tf.Tensor): tf.Tensor;
}

const ofClasses = ['categoricalCrossentropy', 'sparseCategoricalCrossentropy'];
const ofLabels = ['binaryCrossentropy', 'logLoss__op'];

/** Whether a loss reads probabilities. */
export const readsProbabilities = (loss: unknown): boolean =>
  [...ofClasses, ...ofLabels, 'kullbackLeiblerDivergence'].includes(nameOf(loss));

/**
 * How a loss reads outputs that are not of the activation in the table, such as a sigmoid under a mean squared error.
 *
 * | loss                                  | logits             | head       |
 * |---------------------------------------|--------------------|------------|
 * | of values or logits, as in the table  | y                  | of the row |
 * | (sparse) categorical cross-entropy    | log y              | softmax    |
 * | binary cross-entropy, logLoss         | log y − log(1 − y) | sigmoid    |
 * | Poisson                               | 2√y                | linear     |
 *
 * Each has the curvature of the loss: the softmax of log y is y divided by its sum, as the cross-entropy of tfjs has it,
 * and a count of mean y has the information 1/y about it.
 *
 * @param link The activation that ends the output, if it is known: a softmax of one unit is 1, whatever it is of.
 */
export function readingOf(
  loss: unknown,
  link: string | undefined,
  classes: number,
): Reading | undefined {
  const isConstant = classes === 1 && (link === 'softmax' || ofClasses.includes(nameOf(loss)));
  if (isConstant) {
    return undefined;
  }
  if (ofClasses.includes(nameOf(loss))) {
    // As the loss does.
    return { head: 'softmax', logits: (y) => tf.log(tf.clipByValue(y, 1e-7, 1 - 1e-7)) };
  }
  if (ofLabels.includes(nameOf(loss))) {
    return { head: 'sigmoid', logits: oddsOf };
  }
  if (nameOf(loss) === 'poisson') {
    return { head: 'linear', logits: (y) => tf.mul(2, tf.sqrt(tf.maximum(y, 1e-7))) };
  }
  const head = headOf('linear', loss, classes);
  return head === null ? undefined : { head, logits: (y) => y };
}

/** Near 1, float32 does not tell 1 − y of two passes apart; the curvature y(1 − y) is small there. */
function oddsOf(output: tf.Tensor): tf.Tensor {
  const y = tf.clipByValue(output, 1e-3, 1 - 1e-3);
  return tf.sub(tf.log(y), tf.log(tf.sub(1, y)));
}

/** Of a function, what it computes. */
function nameOf(loss: unknown): string {
  if (typeof loss !== 'function') {
    return String(loss);
  }
  const { name } = loss;
  return name.endsWith('__op') ? name : String(computedLoss(loss as LossFunction));
}
