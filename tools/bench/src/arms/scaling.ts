import * as tf from '@tensorflow/tfjs-core';
import { applyCvp } from '@toploss/cvp';
import { saspCrossEntropy } from '@toploss/sasp';
import { type Arms, batchOf } from './arms.js';

/** How many times as large as the first. */
export const GROWTH: Record<string, number> = { '×1': 1, '×2': 2, '×4': 4, '×8': 8 };

const growing = (step: (times: number) => () => void): Arms =>
  Object.fromEntries(Object.entries(GROWTH).map(([name, times]) => [name, step(times)]));

/** Cross-entropy with SASP, forward and backward, by some of its sizes. */
export const saspBy = (...grown: ('B' | 'C' | 'D')[]): Arms =>
  growing((times) => {
    const [B, C, D] = (['B', 'C', 'D'] as const).map((size) =>
      grown.includes(size) ? 256 * times : 256,
    ) as [number, number, number];
    const { targets } = batchOf({ widths: [D, C], batch: B });
    const logits = tf.randomNormal<tf.Rank.R2>([B, C], 0, 1, 'float32', 3);
    const features = tf.randomNormal<tf.Rank.R2>([B, D], 0, 1, 'float32', 4);
    const gradients = tf.valueAndGrads((z, h) => saspCrossEntropy(z, h, targets, { lambda: 0.1 }));
    return () => {
      tf.dispose(gradients([logits, features]));
    };
  });

/** The correction of the gradients by CVP alone. */
export const cvpByParameters = (): Arms =>
  growing((times) => {
    const W = tf.randomNormal([250 * times, 1000], 0, 1, 'float32', 1);
    const g = tf.randomNormal([250 * times, 1000], 0, 1, 'float32', 2);
    return () => {
      tf.dispose(applyCvp({ W: g }, { W }));
    };
  });
