import * as tf from '@tensorflow/tfjs-core';
import { number } from '../../number.js';

/** Inputs and how probable each is together with each answer, be it by counting examples or as it is known. */
export interface Distribution {
  /** [n, inputs] */
  x: tf.Tensor2D;
  /** P(x, y), [n, classes]: sums to 1. */
  joint: tf.Tensor2D;
}

export type Logits = (x: tf.Tensor2D) => tf.Tensor2D;

/** −Σ P(x, y) log q(y|x), in nats. */
export function crossEntropyOf(logits: Logits, { x, joint }: Distribution): number {
  return number(() => tf.neg(tf.sum(tf.mul(joint, tf.logSoftmax(logits(x))))));
}

/** How probable the most probable answer, by the logits, is the right one. */
export function accuracyOf(logits: Logits, { x, joint }: Distribution): number {
  return number(() => {
    const answer = tf.oneHot(tf.argMax(logits(x), 1), joint.shape[1]);
    return tf.sum(tf.mul(joint, answer));
  });
}
