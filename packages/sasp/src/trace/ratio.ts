import * as tf from '@tensorflow/tfjs-core';
import { closedForm } from '@toploss/core/kit';
import { ofCounting, visible } from './counting.js';
import { quadraticOfOperations } from './quadratic.js';
import { hostRatio, LEAST_SIGNAL, mostNats, type Predictions } from './ratio-loop.js';
import { ratioByPrograms } from './ratio-program.js';

/**
 * The trace in proportion to the signal, weighted by how far training has come:
 *
 *     Φ = γ ½ ln(1 + 100 T/V),   V = mean_i zᵢᵀAᵢzᵢ
 *     γ = (h(mean_i pᵢ) − h) h/(h + ¼),   h = mean_i h(pᵢ),   h(p) = −Σ p ln p/ln C;   γ is constant in the gradient
 *
 * T measures the response to scaling the weights, V the response to scaling the logits. So smaller weights or logits do not
 * lower the ratio, and the effect of λ depends little on width and depth. γ is 0 if all examples have the same prediction, so
 * a large λ does not draw the network to a constant prediction, as √T does. γ is also 0 if all predictions are certain, so
 * the penalty fades on clean labels that the network can learn.
 *
 *     ∂Φ/∂T = γ 50/(V + 100 T),   ∂Φ/∂V = −∂Φ/∂T · T/V
 */
export const ratioTo = (predictions: Predictions, T: tf.Scalar): tf.Scalar =>
  closedForm(
    [T, predictions.logits],
    () =>
      hostRatio(predictions, T) ??
      ratioByPrograms(predictions, T) ??
      ratioOfOperations(predictions, T),
  );

export function ratioOfOperations(
  predictions: Predictions,
  T: tf.Scalar,
): { value: tf.Scalar; grads: tf.Tensor[] } {
  const { head, logits, counts } = predictions;
  const signal = quadraticOfOperations(head, logits, tf.mul(2, logits), 1);
  const [byLogits, byMoved] = signal.grads as [tf.Tensor, tf.Tensor];
  const V = tf.add(ofCounting(signal.value, counts), LEAST_SIGNAL);
  const gamma = progress(predictions);
  const byT = tf.div(tf.mul(50, gamma), tf.add(V, tf.mul(100, T)));
  const byV = tf.neg(tf.div(tf.mul(byT, T), V));
  const ofV = ofCounting(tf.add(byLogits, tf.mul(2, byMoved)), counts);
  return {
    value: tf.mul(gamma, tf.mul(0.5, tf.log1p(tf.div(tf.mul(100, T), V)))),
    grads: [byT, tf.mul(byV, ofV)],
  };
}

/** γ. The sigmoid head averages the entropies of its logits. The linear head has no probabilities: γ = 1. */
function progress({ head, logits, counts }: Predictions): tf.Scalar {
  if (head === 'linear') {
    return tf.scalar(1);
  }
  const p = visible(head === 'softmax' ? tf.softmax(logits) : tf.sigmoid(logits), counts);
  const classes = p.shape[p.rank - 1]!;
  const entropy = (p: tf.Tensor) => {
    const h = head === 'softmax' ? nats(p) : tf.add(nats(p), nats(tf.sub(1, p)));
    return tf.div<tf.Scalar>(tf.sum(h, -1), mostNats[head](classes));
  };
  const ofMean = entropy(ofCounting(tf.mean(tf.reshape(p, [-1, classes]), 0), counts));
  const h = ofCounting(tf.mean<tf.Scalar>(entropy(p)), counts); // 0 for rows that do not count
  // Only rounding makes this negative.
  return tf.mul(tf.relu(tf.sub(ofMean, h)), tf.div(h, tf.add(h, 0.25)));
}

/** −p ln p; 0 at p = 0. */
const nats = (p: tf.Tensor): tf.Tensor => tf.neg(tf.mul(p, tf.log(tf.maximum(p, 1e-30))));
