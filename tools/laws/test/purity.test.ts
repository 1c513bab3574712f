import * as tf from '@tensorflow/tfjs-core';
import { areFinite, hasNaN, inScope, isClear, snapshot } from '@toploss/testing/recipes';
import { describe, expect, test } from 'vitest';
import { calls } from '../src/recipes.js';
import { holds } from '../src/runs.js';

const RUNS = 100;

describe('whatever finite numbers it is given', () => {
  test.each(calls)('$name: no NaN, the same twice, its arguments as they were, no leak', (call) => {
    holds(RUNS, call.args, (make) => {
      inScope(() => {
        const args = make();
        const wasFinite = areFinite(args); // what a model makes of large numbers may not be
        const before = snapshot(args);
        const { numTensors } = tf.memory();
        let results: (tf.TensorContainer | undefined)[] = [];
        try {
          results = [1, 2].map(() => call.run(args));
        } catch (error) {
          // Numbers beyond float32 may be refused.
          expect(isClear(error), `a clear error: ${error}`).toBe(true);
        }
        expect(wasFinite && hasNaN(results), 'NaN').toBe(false);
        if (!call.moves) {
          expect(snapshot(args)).toBe(before);
          expect(snapshot(results[1])).toBe(snapshot(results[0]));
        }
        tf.dispose(results as tf.TensorContainer);
        expect(tf.memory().numTensors, 'tensors').toBe(numTensors);
      });
    });
  });
});
