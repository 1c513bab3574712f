import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import { computedLoss } from './known-losses.js';

/** How a loss reads an output. */
interface LossReading {
  readonly head: Head;
  /** The activations before which the logits predict by this head. */
  readonly after: readonly string[];
  /** What the loss takes for logits, whatever has made the output. */
  readonly logits?: (output: tf.Tensor) => tf.Tensor;
}

const same = (y: tf.Tensor) => y;
const ofClasses: LossReading = {
  ...{ head: 'softmax', after: ['softmax'] },
  // Clipped as the loss does. The softmax of log y is y divided by its sum, which the loss computes as well.
  logits: (y) => tf.log(tf.clipByValue(y, 1e-7, 1 - 1e-7)),
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
  // A count of mean y has the information 1/y about y.
  poisson: { head: 'linear', after: [], logits: (y) => tf.mul(2, tf.sqrt(tf.maximum(y, 1e-7))) },
};

/**
 * How the logits before an activation predict. `null` where the activation and the loss don't tell, such as with a hinge
 * or with the user's own function.
 *
 * @param classes The size of the last axis. A softmax of one logit predicts nothing.
 */
export function headOf(activation: string, loss: unknown, classes: number): Head | null {
  const reading = readingFor(loss);
  const isConstant = reading?.head === 'softmax' && classes === 1;
  return reading?.after.includes(activation) && !isConstant ? reading.head : null;
}

/** Whether a loss reads probabilities. */
export const readsProbabilities = (loss: unknown): boolean =>
  ['softmax', 'sigmoid'].includes(readingFor(loss)?.after[0] ?? '');

/**
 * How a loss reads outputs whose activation is not the one in the table, such as a sigmoid under a mean squared error.
 * The logits have the curvature of the loss.
 *
 * @param activation The activation that ends the output, if it is known. A softmax of one unit is always 1.
 */
export function readingOf(
  loss: unknown,
  activation: string | undefined,
  classes: number,
): Required<Omit<LossReading, 'after'>> | undefined {
  const { head, logits } = readingFor(loss) ?? {};
  const isConstant = classes === 1 && [activation, head].includes('softmax');
  return head === undefined || logits === undefined || isConstant ? undefined : { head, logits };
}

/** log y − log(1 − y). Near 1, float32 can't tell 1 − y of two passes apart; the curvature y(1 − y) is small there. */
function oddsOf(output: tf.Tensor): tf.Tensor {
  const y = tf.clipByValue(output, 1e-3, 1 - 1e-3);
  return tf.sub(tf.log(y), tf.log(tf.sub(1, y)));
}

/** By its name, or by what the function computes. */
function readingFor(loss: unknown): LossReading | undefined {
  if (typeof loss !== 'function') {
    return readings[String(loss)];
  }
  const { name } = loss;
  return readings[name.endsWith('__op') ? name : String(computedLoss(loss as never))];
}
