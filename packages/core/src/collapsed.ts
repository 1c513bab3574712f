import * as tf from '@tensorflow/tfjs-core';
import { Checks, tensor } from './kit/check.js';

const check: Checks = new Checks('core.collapsed');

/** Predictions count as constant if their variance over the rows is below this share of the variance of the targets. */
export const COLLAPSED = 1e-3;

/**
 * The variance of the predictions over the rows, divided by that of the targets: Σ_c Var(p_c) / Σ_c Var(y_c). NaN or
 * infinite if all targets are the same.
 *
 * @param predictions […, C]
 * @param targets […, C]
 */
export function variationShare(predictions: tf.Tensor, targets: tf.Tensor): tf.Scalar {
  const variance = (x: tf.Tensor) => {
    const rows = tf.reshape(tf.cast(x, 'float32'), [-1, x.shape.at(-1) ?? 1]);
    return tf.sum(tf.moments(rows, 0).variance);
  };
  return tf.tidy(() => tf.div(variance(predictions), variance(targets)));
}

/**
 * Whether the predictions no longer depend on the inputs: their variance over the rows of a batch is less than a
 * thousandth of the variance of the targets. If λ is far too large, all weights go to zero and training ends like this.
 *
 * The check waits for the device, so call it at the end of an epoch, on a batch of many rows. An untrained network may
 * predict a constant too, so check more than one epoch before you blame λ. `attach` of @toploss/layers checks by itself.
 *
 * @param predictions Probabilities, or the values of a regression, […, C]; not logits.
 * @param targets […, C]: one-hot, labels of 0 and 1, or values.
 * @returns False if all targets are the same, as in a batch of one row.
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
