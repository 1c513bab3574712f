import * as tf from '@tensorflow/tfjs-core';
import { applyCvp } from '@toploss/cvp';
import { saspCrossEntropy } from '@toploss/sasp';
import { type Arms, batchOf } from './arms.js';

const TIMES = [1, 2, 4, 8];

/** Arms of which each is larger than the first, and how much more its bound lets it cost. */
export interface Growth {
  arms: () => Arms;
  bounds: Record<string, number>;
}

const growth = (bound: (times: number) => number, step: (times: number) => () => void): Growth => ({
  arms: () => Object.fromEntries(TIMES.map((times) => [`×${times}`, step(times)])),
  bounds: Object.fromEntries(TIMES.map((times) => [`×${times}`, bound(times) / bound(1)])),
});

/** Cross-entropy with SASP, forward and backward: O(B(C + D)). */
function saspBy(grown: 'B' | 'C' | 'D'): Growth {
  const sizes = (times: number) => {
    const base = { B: 256, C: 256, D: 256 };
    return { ...base, [grown]: base[grown] * times };
  };
  const bound = (times: number) => {
    const { B, C, D } = sizes(times);
    return B * (C + D);
  };
  return growth(bound, (times) => {
    const { B, C, D } = sizes(times);
    const { targets } = batchOf({ widths: [D, C], batch: B });
    const logits = tf.randomNormal<tf.Rank.R2>([B, C], 0, 1, 'float32', 3);
    const features = tf.randomNormal<tf.Rank.R2>([B, D], 0, 1, 'float32', 4);
    const gradients = tf.valueAndGrads((z, h) =>
      saspCrossEntropy(z as tf.Tensor2D, h as tf.Tensor2D, targets, { lambda: 0.1 }),
    );
    return () => {
      tf.dispose(gradients([logits, features]));
    };
  });
}

/** The correction of the gradients by CVP alone: O(P). */
const cvpByParameters = (): Growth =>
  growth(
    (times) => times,
    (times) => {
      const W = tf.randomNormal([250 * times, 1000], 0, 1, 'float32', 1);
      const g = tf.randomNormal([250 * times, 1000], 0, 1, 'float32', 2);
      return () => {
        tf.dispose(applyCvp({ W: g }, { W }));
      };
    },
  );

export const GROWTHS: Record<string, Growth> = {
  'SASP, by B': saspBy('B'),
  'SASP, by C': saspBy('C'),
  'SASP, by D': saspBy('D'),
  'CVP, by P': cvpByParameters(),
};
