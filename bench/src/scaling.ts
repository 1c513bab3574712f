import * as tf from '@tensorflow/tfjs-core';
import { applyCvp } from '@toploss/cvp';
import { saspCrossEntropy } from '@toploss/sasp';
import { type Arms, batchOf, finished } from './arms.js';

const TIMES = [1, 2, 4, 8];

const growing = (arm: (times: number) => () => Promise<void>): Arms =>
  Object.fromEntries(TIMES.map((times) => [`×${times}`, arm(times)]));

/** Cross-entropy with SASP, forward and backward, by one of its sizes. */
export const saspBy = (size: 'B' | 'C' | 'D'): Arms =>
  growing((times) => {
    const sizes = { B: 256, C: 256, D: 256 };
    sizes[size] *= times;
    const { B, C, D } = sizes;
    const { targets } = batchOf({ widths: [D, C], batch: B });
    const logits = tf.randomNormal<tf.Rank.R2>([B, C], 0, 1, 'float32', 3);
    const features = tf.randomNormal<tf.Rank.R2>([B, D], 0, 1, 'float32', 4);
    const loss = (z: tf.Tensor, h: tf.Tensor) =>
      saspCrossEntropy(z as tf.Tensor2D, h as tf.Tensor2D, targets, { lambda: 0.1 });
    const gradients = tf.valueAndGrads(loss);
    return async () => {
      const { value, grads } = gradients([logits, features]);
      await finished(...grads);
      tf.dispose([value, grads]);
    };
  });

/** The correction of the gradients by CVP alone. */
export const cvpByParameters = (): Arms =>
  growing((times) => {
    const W = tf.randomNormal([250 * times, 1000], 0, 1, 'float32', 1);
    const g = tf.randomNormal([250 * times, 1000], 0, 1, 'float32', 2);
    return async () => {
      const corrected = applyCvp({ W: g }, { W });
      await finished(corrected.W);
      tf.dispose(corrected);
    };
  });
