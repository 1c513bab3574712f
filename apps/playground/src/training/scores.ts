import * as tf from '@tensorflow/tfjs-core';
import { hessianTrace } from '@toploss/core';
import type { Batch } from './arm.js';
import type { Pair } from './messages.js';
import type { Network } from './network.js';
import type { Race, Tensors } from './race.js';

/** How one network stands. */
export interface Scores {
  /** Cross-entropy in nats: on the training set as it is given, and on the test set. */
  readonly trainingLoss: number;
  readonly testLoss: number;
  /** Fraction of the test set, whose labels are right. */
  readonly accuracy: number;
  /** The fraction of the wrong labels that the network predicts as given: learned by heart. NaN without any. */
  readonly byHeart: number;
  /** ‖θ‖, biases and all. */
  readonly norm: number;
}

const names = ['trainingLoss', 'testLoss', 'accuracy', 'byHeart', 'norm'] as const;

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
      tf.sum(tf.mul(training.wrong, hits(training.oneHot, onTraining))),
      tf.sum(training.wrong),
    ),
    tf.sqrt(tf.addN(network.params.map((param) => tf.sum(tf.square(param))))),
  ]);
}

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
