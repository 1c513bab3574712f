import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import type { LossFunction } from '../watch/model.js';
import { computedLoss } from './known-losses.js';

/** How a loss reads an output. */
interface LossReading {
  readonly head: Head;
  /** The activations after which the logits before them predict by this head. */
  readonly after: readonly string[];
  /** What the loss takes for logits, whatever has made the output. */
  readonly logits?: (output: tf.Tensor) => tf.Tensor;
}

const same = (y: tf.Tensor) => y;
const ofClasses: LossReading = {
  ...{ head: 'softmax', after: ['softmax'] },
  logits: (y) => tf.log(tf.clipByValue(y, 1e-7, 1 - 1e-7)), // as the loss does
};
const ofLabels: LossReading = { head: 'sigmoid', after: ['sigmoid'], logits: oddsOf };
const ofValues: LossReading = { head: 'linear', after: ['linear'], logits: same };

/** By the name in `compile`; tfjs marks the functions of `tf.losses` with `__op`, in every bundle. */
const readings: Readonly<Record<string, LossReading>> = {
  categoricalCrossentropy: ofClasses,
  sparseCategoricalCrossentropy: ofClasses,
  // The cross-entropy less the entropy of the targets.
  kullbackLeiblerDivergence: { head: 'softmax', after: ['softmax'] },
  // softmax(log p) is p.
  softmaxCrossEntropy__op: { head: 'softmax', after: ['linear', 'logSoftmax'], logits: same },
  binaryCrossentropy: ofLabels,
  logLoss__op: ofLabels,
  sigmoidCrossEntropy__op: { head: 'sigmoid', after: ['linear'], logits: same },
  meanSquaredError: ofValues,
  meanSquaredError__op: ofValues,
  meanAbsoluteError: ofValues,
  absoluteDifference__op: ofValues,
  meanAbsolutePercentageError: ofValues,
  meanSquaredLogarithmicError: ofValues,
  logcosh: ofValues,
  huberLoss__op: ofValues,
  poisson: { head: 'linear', after: [], logits: (y) => tf.mul(2, tf.sqrt(tf.maximum(y, 1e-7))) },
};

/**
 * How the logits of an output predict; `null` where its activation and its loss do not say so, as a hinge or a
 * function of the user's own.
 *
 * @param classes The size of the last axis: a softmax of one logit predicts nothing.
 */
export function headOf(activation: string, loss: unknown, classes: number): Head | null {
  const { head, after = [] }: Partial<LossReading> = readings[nameOf(loss)] ?? {};
  const isConstant = head === 'softmax' && classes === 1;
  return head !== undefined && after.includes(activation) && !isConstant ? head : null;
}

/** Whether a loss reads probabilities. */
export const readsProbabilities = (loss: unknown): boolean =>
  ['softmax', 'sigmoid'].includes(readings[nameOf(loss)]?.after[0] ?? '');

/**
 * How a loss reads outputs that are not of the activation in the table, such as a sigmoid under a mean squared error.
 *
 * | loss                                  | logits             | head       |
 * |---------------------------------------|--------------------|------------|
 * | of values or logits                   | y                  | its own    |
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
): Required<Omit<LossReading, 'after'>> | undefined {
  const { head, logits }: Partial<LossReading> = readings[nameOf(loss)] ?? {};
  const isConstant = classes === 1 && [link, head].includes('softmax');
  return head === undefined || logits === undefined || isConstant ? undefined : { head, logits };
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
