import * as tf from '@tensorflow/tfjs-core';
import { decided, expectClose, hasPrograms, normal } from '@toploss/testing';
import { describe, test } from 'vitest';
import { combinedElsewhere, nextElsewhere } from '../src/formula.js';
import { combinedByProgram, nextByProgram } from '../src/program.js';

const shapes = [[], [1], [5], [3, 5], [4, 1], [3, 2, 5], [3, 3, 2, 5]];

describe.runIf(hasPrograms)('the programs are as the operations', () => {
  test.each(shapes.map((shape) => [shape]))('%j', async (shape) => {
    for (const scale of [1e-20, 1, 1e20]) {
      const [g, m] = [normal(shape, 1, scale), normal(shape, 2, scale)];
      for (const average of [m, undefined]) {
        for (const share of [1, 0.25, 1e-4]) {
          const next = await decided(() => nextByProgram(average, g, share));
          expectClose(next, nextElsewhere(average, g, share), 1e-6, 0);
        }
        const sum = await decided(() => combinedByProgram(1.5, g, -0.5, average));
        expectClose(sum, combinedElsewhere(1.5, g, -0.5, average ?? tf.zerosLike(g)), 1e-6, 0);
      }
    }
  });
  test('an entry that is not finite keeps its average', async () => {
    const g = tf.tensor1d([Number.NaN, 1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    const m = tf.tensor1d([1, 2, 3, 4]);
    expectClose(await decided(() => nextByProgram(m, g, 0.5)), [1, 1.5, 3, 4], 0);
    expectClose(await decided(() => nextByProgram(undefined, g, 0.5)), [0, 0.5, 0, 0], 0);
  });
});
