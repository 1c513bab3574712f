import * as tf from '@tensorflow/tfjs-core';
import { areFinite, hasNaN, inScope, isClear, snapshot } from '@toploss/testing/recipes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spoiled } from '../src/bad.js';
import { calls } from '../src/recipes.js';
import { holds } from '../src/runs.js';

const [LEAST, RUNS] = [10_000, 320];
const tried = { cases: 0, refused: 0 };

describe('whatever else it is given', () => {
  test.each(calls)('$name: a clear error or a right answer', (call) => {
    const drawn = fc.tuple(call.args, fc.nat(), fc.nat());
    holds(RUNS, drawn, ([make, at, how]) => {
      inScope(() => {
        const { args, what } = spoiled(make(), at, how);
        const wasFinite = areFinite(args);
        const before = snapshot(args);
        const { numTensors } = tf.memory();
        let result: tf.TensorContainer | undefined;
        tried.cases += 1;
        try {
          result = call.run(args);
        } catch (error) {
          tried.refused += 1;
          expect(isClear(error), `${what}: a clear error: ${error}`).toBe(true);
          // What `observe` throws comes when the step has been taken.
          if (!what.includes('.observe:')) {
            expect(snapshot(args), `${what}: changed`).toBe(before);
          }
        }
        if (wasFinite) {
          expect(hasNaN(result), `${what}: NaN`).toBe(false);
        }
        if (!call.moves) {
          expect(snapshot(args), `${what}: changed`).toBe(before);
        }
        tf.dispose(result as tf.TensorContainer);
        expect(tf.memory().numTensors, `${what}: tensors`).toBe(numTensors);
      });
    });
  });

  test('much has been tried, and a good part of it refused', () => {
    expect(tried.cases).toBeGreaterThanOrEqual(LEAST);
    expect(tried.refused).toBeGreaterThan(tried.cases / 3);
  });
});
