import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { expectClose, expectNoLeak, expectSame } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

const hard = { beta: Number.POSITIVE_INFINITY, lambda: 0.5, decoupled: true } as const;
const gates = [
  ['hard', hard],
  ['soft', { lambda: 0.5, decoupled: true }],
  ['raw', { lambda: 0.5, decoupled: true, gate: 'expansion', normalize: 'none' }],
] as const;

/** One step of L = ½ Σ of the squares of these rows. */
function problem(rows: number[]) {
  const table = tf.variable(
    tf.tensor2d([
      [2, -4],
      [6, 8],
      [-10, 12],
    ]),
  );
  const loss = () => {
    const chosen = tf.gather(table, tf.tensor1d(rows, 'int32'));
    return tf.mul(0.5, tf.sum(tf.square(chosen))) as tf.Scalar;
  };
  return { table, loss };
}
// wasm has no gradient of `gather`.
const hasGather = tf.getKernel('UnsortedSegmentSum', tf.getBackend()) !== undefined;

describe.each(gates)('the %s gate', (_, options) => {
  test('at a learning rate of 0 nothing moves, and nothing is reported to decay', () => {
    const w = tf.variable(tf.tensor2d([[1, -2]]));
    const step = trainStep({ optimizer: tf.train.sgd(0), params: [w], terms: [cvp(options)] });
    const once = () => step(() => ({ loss: tf.sum(tf.square(w)) as tf.Scalar }));
    const losses = once();
    expectSame(w, [1, -2]);
    expectSame(losses.cvp, [0]);
    expectSame(losses.total, [5]);
    tf.dispose(losses);
    expectNoLeak(once);
  });

  test('decay begins with the first step of a warm-up that moves', () => {
    const w = tf.variable(tf.tensor2d([[1, -2]]));
    const optimizer = tf.train.sgd(0);
    const step = trainStep({ optimizer, params: [w], terms: [cvp(options)] });
    const once = () => tf.dispose(step(() => ({ loss: tf.sum(tf.square(w)) as tf.Scalar })));
    once();
    optimizer.setLearningRate(0.1);
    const plain = [0.8, -1.6]; // θ − .1 · 2θ
    once();
    const moved = Array.from(w.dataSync());
    expect(moved.every((x) => Number.isFinite(x))).toBe(true);
    if (options.lambda === hard.lambda && !('gate' in options)) {
      // Toward zero all the way: the gate is open, by more than half where it is soft.
      expect(moved.every((x, k) => Math.abs(x) < Math.abs(plain[k] as number))).toBe(true);
    }
    optimizer.setLearningRate(0);
    once();
    expectSame(w, moved);
  });

  test('while gradients are being accumulated nothing decays', () => {
    const w = tf.variable(tf.tensor2d([[1, -2]]));
    const optimizer = { learningRate: 0.1, applyGradients: () => undefined };
    const step = trainStep({ optimizer, params: [w], terms: [cvp(options)] });
    const losses = step(() => ({ loss: tf.sum(tf.square(w)) as tf.Scalar }));
    expectSame(w, [1, -2]);
    expectSame(losses.cvp, [0]);
    tf.dispose(losses);
  });

  test.runIf(hasGather)('rows of an embedding that the batch does not have stay', () => {
    const { table, loss } = problem([1]);
    const step = trainStep({
      optimizer: tf.train.sgd(0.1),
      params: [table],
      terms: [cvp(options)],
    });
    tf.dispose(step(() => ({ loss: loss() })));
    const values = Array.from(table.dataSync());
    expect([...values.slice(0, 2), ...values.slice(4)]).toEqual([2, -4, -10, 12]);
    expect(values[2]).toBeLessThanOrEqual(Math.fround(5.4)); // 6 − .1 · 6
  });
});

test.runIf(hasGather)(
  'by hand: a row decays by λ of what it was, and λΦ is of that row alone',
  () => {
    const { table, loss } = problem([1]);
    const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [table], terms: [cvp(hard)] });
    const losses = step(() => ({ loss: loss() }));
    // (6, 8) − .1 (6, 8) − .1 · ½ (6, 8) = (5.1, 6.8); λΦ = ½ · ½ (36 + 64)
    expectClose(table, [2, -4, 5.1, 6.8, -10, 12], 1e-6);
    expectClose(losses.cvp, 25, 1e-6);
    tf.dispose(losses);
  },
);

test('a variable without a gradient does not decay', () => {
  const [v, w] = [tf.variable(tf.tensor2d([[3, 4]])), tf.variable(tf.tensor2d([[1, -2]]))];
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [v, w], terms: [cvp(hard)] });
  const losses = step(() => ({ loss: tf.sum(tf.square(w)) as tf.Scalar }));
  expectSame(v, [3, 4]);
  // (1, −2) − .1 (2, −4) − .1 · ½ (1, −2) = (.75, −1.5); λΦ = ½ · ½ · 5
  expectClose(w, [0.75, -1.5], 1e-6);
  expectClose(losses.cvp, 1.25, 1e-6);
  tf.dispose(losses);
});

test('the decay has the learning rate that the optimizer used, set in its own applyGradients', () => {
  // g = (1, −1): θ′ = θ − .001 g = (9.999, −19.999), toward 0; then θ′ − .001 · .5 · θ = (9.994, −19.989).
  const w = tf.variable(tf.tensor2d([[10, -20]]));
  const optimizer = tf.train.sgd(1);
  const { applyGradients } = optimizer;
  optimizer.applyGradients = (grads) => {
    optimizer.setLearningRate(0.001);
    applyGradients.call(optimizer, grads);
  };
  const step = trainStep({ optimizer, params: [w], terms: [cvp(hard)] });
  tf.dispose(step(() => ({ loss: tf.sum(tf.mul(w, [[1, -1]])) as tf.Scalar })));
  expectClose(w, [9.994, -19.989], 1e-6);
});
