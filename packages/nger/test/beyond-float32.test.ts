import * as tf from '@tensorflow/tfjs-core';
import { nger, ngerLoss, ngerWeights } from '@toploss/nger';
import { expectClose, expectFinite, expectSame, expectThrows, onDevice } from '@toploss/testing';
import { expect, test } from 'vitest';

test('an ε or a γ that float32 does not hold', () => {
  // log 0 − log 0 is NaN
  const weigh = (options: object) => () => ngerWeights([1, 1], [1, 1], [1, 1], options);
  expectThrows(weigh({ eps: 1e-50 }), /^nger: expected `eps` to be a finite number > 0/);
  expectThrows(weigh({ gamma: 1e39 }), /^nger: expected `gamma` to be a number ≥ 0/);
});

test('the outermost options that it does', () => {
  // r = (1, 3) of equal κ: w = total · (¼, ¾); ε = 1e-37 is nothing beside them, and of 1e37 they are nothing
  const weigh = (options: object) => ngerWeights([1, 3], [0, 0], [1, 1], options);
  expectClose(weigh({ eps: 1e-37 }), [0.25, 0.75]);
  expectClose(weigh({ eps: 1e37 }), [0.5, 0.5]);
  expectClose(weigh({ total: 1e37 }), [0.25e37, 0.75e37]);
  expectFinite(weigh({ gamma: 1e30 }));
});

test('an excess that is beyond it', () => {
  // Both are 6e38, and weigh the same.
  const weights = ngerWeights([3e38, 3e38], [-3e38, -3e38], [1, 1]);
  expectClose(weights, [0.5, 0.5]);
});

test.skipIf(onDevice())('a loss whose parts are beyond it', () => {
  // w = [½, ½] of total 1e10: 5e9·(1e30 − 1e30) = 0, where float32 has ∞ − ∞
  const loss = ngerLoss([1e30, -1e30], [1e30, -1e30], [1, 1], { total: 1e10 });
  expectSame(loss, [0]);
});

test.each(['ema-min', 'taylor'] as const)('%s: a memory that stays finite', (floor) => {
  const weighting = nger({ tasks: 1, floor, window: 1 });
  for (const taskLosses of [[-3e38], [3e38], [3e38]]) {
    weighting.observe({ taskLosses, ntkProxies: [3e38] });
  }
  const state = JSON.parse(JSON.stringify(weighting.getState()));
  expect(() => weighting.setState(state)).not.toThrow();
  weighting.dispose();
});

test('scalars of several kinds of numbers, and a hole', () => {
  const losses = [tf.scalar(2, 'int32'), tf.scalar(1)];
  expectClose(ngerWeights(losses, [1, 0], [1, 1]), [0.5, 0.5]);
  const holed = Object.assign(new Array(2), { 0: 1 });
  expectThrows(() => ngerWeights(holed, [0, 0], [1, 1]), /^nger: expected `taskLosses\[1\]`/);
});
