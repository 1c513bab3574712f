import * as tf from '@tensorflow/tfjs-core';
import { hessianTrace } from '@toploss/core';
import type { Batch } from './arm.js';
import type { Network } from './network.js';
import type { Pair, Race, Tensors } from './race.js';

/** How one network stands. */
export interface Scores {
  /** Cross-entropy in nats: on the training set, label noise included, and on the test set. */
  readonly trainingLoss: number;
  readonly testLoss: number;
  /** Fraction of the test set, whose labels are clean. */
  readonly accuracy: number;
  /** The fraction of the label noise that the network predicts as given. NaN without label noise. */
  readonly memorized: number;
  /** ‖θ‖, with the biases. */
  readonly norm: number;
  /** How much the prediction depends on the input: the mean distance of p from its mean, from 0 to 1. */
  readonly spread: number;
}

const names = ['trainingLoss', 'testLoss', 'accuracy', 'memorized', 'norm', 'spread'] as const;

/** The scores of both networks, in one reading of the device. */
export async function scoresOf({ arms, training, test }: Race): Promise<Pair<Scores>> {
  const read = tf.tidy(() => tf.stack(arms.map(({ network }) => scores(network, training, test))));
  const values = await read.data();
  read.dispose();
  const ofArm = (arm: number) =>
    Object.fromEntries(
      names.map((name, k) => [name, values[arm * names.length + k]]),
    ) as unknown as Scores;
  return [ofArm(0), ofArm(1)];
}

/** In the order of `names`. */
function scores(network: Network, training: Tensors, test: Tensors): tf.Tensor {
  const onTraining = network.forward(training.x).logits;
  const onTest = network.forward(test.x).logits;
  return tf.stack([
    crossEntropy(training.oneHot, onTraining),
    crossEntropy(test.oneHot, onTest),
    tf.mean(hits(test.oneHot, onTest)),
    tf.div(
      tf.sum(tf.mul(training.noisy, hits(training.oneHot, onTraining))),
      tf.sum(training.noisy),
    ),
    tf.sqrt(tf.addN(network.params.map((param) => tf.sum(tf.square(param))))),
    spread(tf.softmax(onTraining)),
  ]);
}

/** meanᵢ ½ ‖pᵢ − p̄‖₁, the total variation between a prediction and the mean one. */
const spread = (p: tf.Tensor) =>
  tf.mul(0.5, tf.mean(tf.sum(tf.abs(tf.sub(p, tf.mean(p, 0, true))), 1)));

export const crossEntropy = (oneHot: tf.Tensor, logits: tf.Tensor) =>
  tf.losses.softmaxCrossEntropy(oneHot, logits) as tf.Scalar;

const hits = (oneHot: tf.Tensor, logits: tf.Tensor) =>
  tf.cast(tf.equal(tf.argMax(logits, 1), tf.argMax(oneHot, 1)), 'float32');

/**
 * The trace of the Hessian of the cross-entropy on the training set, penalties left out, of both networks.
 * The same probes at every step, so that the curve moves with the network alone.
 */
export async function tracesOf({ arms, training }: Race, probes: number): Promise<Pair<number>> {
  const traces = tf.tidy(() =>
    tf.stack(arms.map(({ network }) => trace(network, training, probes))),
  );
  const values = await traces.data();
  traces.dispose();
  return [values[0] as number, values[1] as number];
}

const trace = (network: Network, { x, oneHot }: Batch, probes: number) =>
  hessianTrace(() => crossEntropy(oneHot, network.forward(x).logits), [...network.params], {
    probes,
    seed: 0,
  });
