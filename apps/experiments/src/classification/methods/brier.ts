import * as tf from '@tensorflow/tfjs-core';
import { crossEntropyOf, minimizing, type Step, type Training } from './step.js';

/**
 * The cross-entropy and λ times the Brier score, mean ‖p − y‖². SASP fisher is this score with every example
 * weighted by the length of its features, so this says what the weights are worth.
 */
export const brier = ({ lambda }: { lambda: number }, training: Training): Step =>
  minimizing(training, ({ x, y }) => {
    const outputs = training.network.forward(x);
    const score = tf.mean(tf.sum(tf.square(tf.sub(tf.softmax(outputs.logits), y)), 1));
    return tf.add(crossEntropyOf(outputs, y), tf.mul(lambda, score)) as tf.Scalar;
  });
