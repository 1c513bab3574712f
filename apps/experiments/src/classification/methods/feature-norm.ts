import * as tf from '@tensorflow/tfjs-core';
import { crossEntropyOf, minimizing, type Step, type Training } from './step.js';

/**
 * The cross-entropy and λ · mean ‖h‖², h being what the last layer reads: the other half of SASP, which
 * multiplies it with the curvature at the logits.
 */
export const featureNorm = ({ lambda }: { lambda: number }, training: Training): Step =>
  minimizing(training, ({ x, y }) => {
    const outputs = training.network.forward(x);
    const norm = tf.mean(tf.sum(tf.square(outputs.features), 1));
    return tf.add(crossEntropyOf(outputs, y), tf.mul(lambda, norm)) as tf.Scalar;
  });
