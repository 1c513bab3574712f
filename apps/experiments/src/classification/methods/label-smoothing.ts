import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy, minimizing, type Step, type Training } from './step.js';

/**
 * The cross-entropy with softened labels, (1 − ε) y + ε/C.
 *
 * @see Szegedy et al., https://arxiv.org/abs/1512.00567
 */
export const labelSmoothing = ({ epsilon }: { epsilon: number }, training: Training): Step =>
  minimizing(training, ({ x, y }) => {
    const classes = y.shape[1];
    const softened = tf.add(tf.mul(1 - epsilon, y), epsilon / classes) as tf.Tensor2D;
    return crossEntropy(training.network, { x, y: softened });
  });
