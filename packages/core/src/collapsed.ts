import * as tf from '@tensorflow/tfjs-core';
import { Checks, tensor } from './kit/check.js';

const check: Checks = new Checks('core.collapsed');

/** What share of the variance of the targets, over the rows, predictions have that depend on their inputs no more. */
export const COLLAPSED = 1e-3;

/**
 * Σ_c Var(p_c) / Σ_c Var(y_c) over the rows: how much predictions vary beside what they should predict. NaN or infinite where
 * all targets are the same.
 *
 * @param predictions […, C]
 * @param targets Of the same shape.
 */
export function variationShare(predictions: tf.Tensor, targets: tf.Tensor): tf.Scalar {
  const variance = (x: tf.Tensor) => {
    const rows = tf.reshape(tf.cast(x, 'float32'), [-1, x.shape.at(-1) ?? 1]);
    return tf.sum(tf.moments(rows, 0).variance);
  };
  return tf.tidy(() => tf.div(variance(predictions), variance(targets)));
}

/**
 * Whether predictions have stopped to depend on the inputs: over the rows of a batch, they vary by less than a thousandth of
 * the variance of the targets. The loss is then that of a constant prediction. That is where training ends whose λ is far
 * too large: all weights go to zero.
 *
 * Call it at the end of an epoch, as it waits for the device, on a batch of many rows. A network that has not begun to
 * learn may predict a constant too, so look twice before you blame λ. `attach` of @toploss/layers does that by itself.
 *
 * @param predictions Probabilities, or the values of a regression, […, C]; not logits.
 * @param targets Of the same shape: one-hot, labels of 0 and 1, or values.
 * @returns False where all targets are the same, as in a batch of one row.
 *
 * @example
 * if (await collapsed(tf.softmax(logits), oneHot)) {
 *   console.warn('the predictions are constant: try a smaller λ');
 * }
 */
export async function collapsed(predictions: tf.Tensor, targets: tf.Tensor): Promise<boolean> {
  check.argument('predictions', predictions, tensor);
  check.tensor('targets', targets, predictions.shape);
  const share = variationShare(predictions, targets);
  const [value] = await share.data();
  share.dispose();
  return (value as number) < COLLAPSED;
}
