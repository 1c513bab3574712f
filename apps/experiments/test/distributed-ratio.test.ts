import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import { alone } from '@toploss/examples/data-parallel/all-reduce';
import { saspNetworkPenalty } from '@toploss/sasp';
import { expect, test } from 'vitest';
import { ratioOver } from '../src/distributed/ratio.js';

const rows = [0.5, -1, 2, 0.25, -0.75, 1.5, 1, 1];
const weights = [1, -2, 0.5, 0.5, 1, -1];

test.each<Head>(['softmax', 'sigmoid', 'linear'])(
  'one replica has the Φ of the package: %s',
  (head) => {
    const x = tf.tensor2d(rows, [4, 2]);
    const probe = tf.tensor2d([1, -1, 1, 1, 1, -1, -1, 1, 1, -1, -1, -1], [4, 3]);
    const phi = (root: false | 'ratio') => (kernel: tf.Tensor) => {
      const logits = tf.matMul(x, kernel as tf.Tensor2D) as tf.Tensor2D;
      const layers = [{ input: x, kernel: kernel as tf.Tensor2D }];
      const own = saspNetworkPenalty(logits, layers, { head, probe, scale: 'relative', root });
      return root ? own : ratioOver(alone, head, logits, own);
    };
    const [ours, ofPackage] = ([false, 'ratio'] as const).map((root) => {
      const { value, grad } = tf.valueAndGrad(phi(root))(tf.tensor2d(weights, [2, 3]));
      return [...value.dataSync(), ...grad.dataSync()];
    }) as [number[], number[]];
    expect(ofPackage[0]).toBeGreaterThan(0.01);
    for (const [k, value] of ours.entries()) {
      expect(value).toBeCloseTo(ofPackage[k] as number, 5);
    }
  },
);
