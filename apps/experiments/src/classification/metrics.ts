import * as tf from '@tensorflow/tfjs-core';
import { saspNetworkPenalty, saspPenalty } from '@toploss/sasp';
import { number } from '../number.js';
import type { Network } from './network.js';
import type { Examples, Sets } from './problem.js';

/** In nats, per example. */
export function crossEntropyOf(network: Network, { x, y }: Examples): number {
  return number(() => tf.losses.softmaxCrossEntropy(y, network.forward(x).logits));
}

/** Fraction of the examples. */
export function accuracyOf(network: Network, { x, y }: Examples): number {
  return number(() => {
    const hits = tf.equal(tf.argMax(network.forward(x).logits, 1), tf.argMax(y, 1));
    return tf.mean(tf.cast(hits, 'float32'));
  });
}

const BINS = 15;

/**
 * The expected calibration error: over 15 bins of equal width of the largest probability, the mean distance,
 * weighted by their examples, between that probability and the accuracy.
 *
 * @see Guo et al., https://arxiv.org/abs/1706.04599
 */
export function calibrationErrorOf(network: Network, { x, y }: Examples): number {
  const [confidences, hits] = tf.tidy(() => {
    const p = tf.softmax(network.forward(x).logits);
    const isHit = tf.equal(tf.argMax(p, 1), tf.argMax(y, 1));
    return [tf.max(p, 1).dataSync(), tf.cast(isHit, 'int32').dataSync()];
  });
  return calibrationError(confidences, hits);
}

/** @param hits 1 where the prediction was right, 0 where it was not. */
export function calibrationError(confidences: ArrayLike<number>, hits: ArrayLike<number>): number {
  const gaps = new Array<number>(BINS).fill(0); // confidence less hits, summed over a bin
  for (let k = 0; k < confidences.length; k++) {
    const confidence = confidences[k] as number;
    const bin = Math.min(BINS - 1, Math.floor(BINS * confidence)); // 1 is in the last one
    gaps[bin] = (gaps[bin] as number) + confidence - (hits[k] as number);
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / confidences.length;
}

/** The temperature that suits the validation set best, and the test cross-entropy of the logits divided by it. */
export function temperatureScaled(
  network: Network,
  { validation, test }: Sets,
): { temperature: number; crossEntropy: number } {
  return tf.tidy(() => {
    const loss = ({ x, y }: Examples) => {
      const { logits } = network.forward(x);
      return (temperature: number) =>
        number(() => tf.losses.softmaxCrossEntropy(y, tf.div(logits, temperature)));
    };
    const temperature = minimum(loss(validation));
    return { temperature, crossEntropy: loss(test)(temperature) };
  });
}

/** Of a function of the temperature with one minimum in [1/20, 20], by golden section on its logarithm. */
function minimum(f: (temperature: number) => number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [-Math.log(20), Math.log(20)];
  const at = (x: number) => f(Math.exp(x));
  let [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [fLeft, fRight] = [at(left), at(right)];
  while (high - low > 1e-3) {
    if (fLeft < fRight) {
      [high, right, fRight] = [right, left, fLeft];
      left = high - ratio * (high - low);
      fLeft = at(left);
    } else {
      [low, left, fLeft] = [left, right, fRight];
      right = low + ratio * (high - low);
      fRight = at(right);
    }
  }
  return Math.exp((low + high) / 2);
}

/** The exact trace of the Gauss–Newton matrix of the cross-entropy over all weights. */
export function traceOf(network: Network, { x }: Examples): number {
  return number(() => {
    const { logits, layers } = network.forward(x);
    return saspNetworkPenalty(logits, layers, { exact: true, fraction: 1, root: false });
  });
}

/** The share of the last layer in that trace, in closed form: mean tr(A) (‖h‖² + 1). */
export function headTraceOf(network: Network, { x, y }: Examples): number {
  return number(() => {
    const { logits, features } = network.forward(x);
    return saspPenalty(logits, features, y, { curvature: 'hessian' });
  });
}
