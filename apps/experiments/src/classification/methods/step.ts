import * as tf from '@tensorflow/tfjs-core';
import { type Forward, type Term, trainStep } from '@toploss/core';
import { saspCrossEntropy } from '@toploss/sasp';
import type { Network } from '../network.js';
import type { Examples } from '../problem.js';
import type { Outputs } from '../stack.js';

export interface Training {
  network: Network;
  optimizer: tf.Optimizer;
  /** The learning rate of the optimizer. */
  rate: number;
  /** Of what a method draws. */
  seed: number;
}

export interface Step {
  /** One step of training on a batch. */
  take(batch: Examples): void;
  /** Frees what the method remembers. */
  dispose?(): void;
}

/**
 * The mean cross-entropy, without a penalty. Of the same function as with SASP of the last layer, so that arms
 * differ in nothing but the penalty: it takes half as many operations as tf.losses.softmaxCrossEntropy.
 */
export const crossEntropyOf = ({ logits, features }: Outputs, y: tf.Tensor2D): tf.Scalar =>
  saspCrossEntropy(logits, features, y, { lambda: 0 });

export const crossEntropy = (network: Network, { x, y }: Examples): tf.Scalar =>
  crossEntropyOf(network.forward(x), y);

/** The step of a method that is nothing but another loss. */
export function minimizing(
  { network, optimizer }: Training,
  loss: (batch: Examples) => tf.Scalar,
): Step {
  return {
    take(batch) {
      optimizer.minimize(() => loss(batch), false, network.params);
    },
  };
}

/** The step of the terms of the packages, as their users have it. */
export function withTerms<const Terms extends readonly Term[]>(
  { network, optimizer }: Training,
  terms: Terms,
  outputs: (batch: Examples) => ReturnType<Forward<Terms>>,
): Step {
  const step = trainStep({ optimizer, params: network.params, terms });
  return { take: (batch) => tf.dispose(step(() => outputs(batch)) as tf.NamedTensorMap) };
}
