import * as tf from '@tensorflow/tfjs-core';
import { saspNetworkPenalty } from '@toploss/sasp';
import type { Network } from './methods.js';
import type { Examples, Sets } from './problems.js';

export interface Score {
  accuracy: number;
  /** In nats, per example. */
  crossEntropy: number;
  /** The same of the logits divided by the temperature that suits the validation set best. */
  scaledCrossEntropy: number;
}

const number = (f: () => tf.Tensor): number => tf.tidy(() => f().dataSync()[0] as number);

export function crossEntropyOf(network: Network, { x, y }: Examples): number {
  return number(() => tf.losses.softmaxCrossEntropy(y, network.forward(x).logits));
}

/** Validation and test, with one temperature, chosen on the validation set. */
export function scoresOf(
  network: Network,
  { validation, test }: Sets,
): { validation: Score; test: Score; temperature: number } {
  const logits = [validation, test].map(({ x }) => tf.tidy(() => network.forward(x).logits)) as [
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  const scaled = (z: tf.Tensor2D, y: tf.Tensor2D, temperature: number) =>
    number(() => tf.losses.softmaxCrossEntropy(y, tf.div(z, temperature)));
  const temperature = minimum((t) => scaled(logits[0], validation.y, t));
  const score = (z: tf.Tensor2D, y: tf.Tensor2D): Score => ({
    accuracy: number(() => tf.mean(tf.cast(tf.equal(tf.argMax(z, 1), tf.argMax(y, 1)), 'float32'))),
    crossEntropy: scaled(z, y, 1),
    scaledCrossEntropy: scaled(z, y, temperature),
  });
  const scores = {
    validation: score(logits[0], validation.y),
    test: score(logits[1], test.y),
    temperature,
  };
  tf.dispose(logits);
  return scores;
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
