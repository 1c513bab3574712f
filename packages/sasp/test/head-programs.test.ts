import * as tf from '@tensorflow/tfjs-core';
import { saspCrossEntropy } from '@toploss/sasp';
import {
  decided,
  expectClose,
  expectEachClose,
  expectNoLeak,
  hasPrograms,
  normal,
  readTogether,
  valuesOf as valuesIn,
} from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { HeadRow, headOfRow } from '../src/head/curvature-row.js';
import { headLossOfOperations } from '../src/head/formula.js';
import type { HeadInputs } from '../src/head/inputs.js';
import type { HeadLoss, HeadLossOptions } from '../src/head/loop.js';
import { headLossByPrograms } from '../src/head/program.js';

const heads = ['softmax', 'sigmoid', 'linear'] as const;

const options: HeadLossOptions[] = heads.flatMap((head) => [
  { head, curvature: 'fisher', includeBias: true, loss: true, lambda: 0.3 },
  { head, curvature: 'hessian', includeBias: false, loss: true, lambda: 0.3 },
  { head, curvature: 'fisher', includeBias: false, loss: false, lambda: 1 },
  { head, curvature: 'hessian', includeBias: true, loss: false, lambda: 1 },
  { head, curvature: 'fisher', includeBias: true, loss: true, lambda: 0 },
  { head, curvature: 'fisher', includeBias: true, loss: false, lambda: 0 },
]);

const normals = (shape: [number, number], seed: number, scale = 1) =>
  normal(shape, seed, scale) as tf.Tensor2D;

const keys = ['value', 'dLogits', 'dFeatures'] as const;

const valuesOf = (loss: HeadLoss) => readTogether(keys.map((key) => loss[key]));

/** The programs against the operations. */
async function expectEqual(inputs: HeadInputs, options: HeadLossOptions, tolerance = 1e-5) {
  const programs = valuesOf(await decided(() => headLossByPrograms(inputs, options)));
  const operations = valuesOf(headLossOfOperations(inputs, options));
  for (const [k, key] of keys.entries()) {
    expect(programs[k]?.shape, key).toEqual(operations[k]?.shape);
    expectClose(programs[k]?.data as number[], operations[k]?.data as number[], tolerance, 1e-9);
  }
}

const [B, C, D] = [6, 5, 4];
const shared = { logits: normals([B, C], 1, 3), features: normals([B, D], 2) };
const soft = tf.softmax(normals([B, C], 3)) as tf.Tensor2D;
const index = tf.tensor1d([0, 4, 2, 1, 1, 3], 'int32');
const mask = tf.tensor1d([1, 0, 1, 1, 0, 1]);
const isHidden = tf.equal(tf.reshape(mask, [B, 1]), 0);
const hidden = (x: tf.Tensor, by: number) => tf.where(isHidden, by, x) as tf.Tensor2D;
/** One row without a label, one without some, one with all. */
const isMissing = tf.tensor2d(
  [0, 1, 2].map((row) => Array.from({ length: C }, (_, k) => row === 0 || (row === 1 && k > 1))),
  [3, C],
  'bool',
);

describe.runIf(hasPrograms).each(options)('the programs are as the operations: %o', (options) => {
  test('labels', () => expectEqual({ ...shared, targets: soft }, options));
  test('under a mask, which hides NaN and ∞', () => {
    const logits = hidden(shared.logits, Number.NaN);
    const features = hidden(shared.features, Number.POSITIVE_INFINITY);
    return expectEqual(
      { logits, features, targets: hidden(soft, Number.NaN), mask: tf.cast(mask, 'bool') },
      options,
    );
  });
});

const whole = { includeBias: true, loss: true, lambda: 0.3 } as const;

// Programs read labels and masks in the same way whatever they compute from them. A device compiles each anew.
describe.runIf(hasPrograms).each(heads)('the labels of a %s head', (head) => {
  const options = { ...whole, head, curvature: 'fisher' } as const;
  test('whole labels', () => {
    const targets = tf.oneHot(index, C) as tf.Tensor2D;
    return expectEqual({ ...shared, targets }, options);
  });
  test('under a mask of nothing', () =>
    expectEqual({ ...shared, targets: soft, mask: tf.zeros([B]) }, options));
  test.each([
    [Number.NaN, 'fisher'],
    [Number.NaN, 'hessian'],
    [-1, 'fisher'],
  ] as const)('labels of %d are missing, %s', (ignoreLabel, curvature) => {
    const three = { logits: normals([3, C], 4, 3), features: normals([3, D], 5) };
    const targets = tf.where(isMissing, ignoreLabel, tf.softmax(normals([3, C], 6)));
    return expectEqual(
      { ...three, targets: targets as tf.Tensor2D, ignoreLabel },
      { ...options, curvature },
    );
  });
  test('600 examples, of which 400 count', () => {
    const inputs = { logits: normals([600, 3], 9, 3), features: normals([600, 2], 10) };
    const mask = tf.cast(tf.less(tf.range(0, 600), 400), 'float32') as tf.Tensor1D;
    const targets = tf.softmax(normals([600, 3], 11)) as tf.Tensor2D;
    return expectEqual({ ...inputs, targets, mask }, options);
  });
  if (head === 'softmax') {
    test('classes', () => expectEqual({ ...shared, targets: index }, options));
    test('classes under a mask, which hides one out of range', () => {
      const targets = tf.tensor1d([0, -7, 2, 1, 99, 3], 'int32');
      return expectEqual({ ...shared, targets, mask }, options);
    });
    test('classes that are missing', () => {
      const targets = tf.tensor1d([0, -1, 2, -1, 1, 3], 'int32');
      return expectEqual({ ...shared, targets, mask, ignoreLabel: -1 }, options);
    });
    test('classes of which NaN are missing', () => {
      const targets = tf.tensor1d([0, Number.NaN, 2, 3, 1, 3]);
      return expectEqual({ ...shared, targets, ignoreLabel: Number.NaN }, options);
    });
    test('600 examples', () => {
      const inputs = { logits: normals([600, 3], 9, 3), features: normals([600, 2], 10) };
      const targets = tf.oneHot(tf.zeros([600], 'int32'), 3) as tf.Tensor2D;
      return expectEqual({ ...inputs, targets }, options);
    });
  } else {
    test.each(['fisher', 'hessian'] as const)('one label, one feature, %s', (curvature) => {
      const inputs = { logits: normals([3, 1], 7), features: normals([3, 1], 8) };
      const targets = tf.tensor2d([[1], [0], [1]]);
      return expectEqual({ ...inputs, targets }, { ...options, curvature });
    });
  }
});

const curvatures = ['fisher', 'hessian'] as const;

describe.runIf(hasPrograms).each(curvatures)('at the edges of the numbers, %s', (curvature) => {
  test.each([1e-20, 1e-6, 1e6, 1e18])('features and values of size %d', async (size) => {
    const features = tf.mul(shared.features, size) as tf.Tensor2D;
    for (const head of heads) {
      for (const includeBias of [true, false]) {
        const option = { ...whole, head, curvature, includeBias };
        await expectEqual({ ...shared, features, targets: soft }, option);
      }
    }
    const logits = tf.mul(shared.logits, Math.min(size, 1e4)) as tf.Tensor2D;
    const linear = { ...whole, head: 'linear', curvature } as const;
    await expectEqual({ ...shared, logits, targets: soft }, linear);
  });

  test('classes that are masked by −∞, and logits of ±1e4', async () => {
    const logits = tf.tensor2d([
      [1, Number.NEGATIVE_INFINITY, 2, 0, 3],
      [1e4, -1e4, 0, 5, 1e4],
      [-1e4, -1e4, -1e4, -1e4, -1e4],
    ]);
    const inputs = {
      logits,
      features: normals([3, D], 4),
      targets: tf.tensor1d([2, 0, 1], 'int32'),
    };
    for (const targets of [inputs.targets, tf.oneHot(inputs.targets, C) as tf.Tensor2D]) {
      await expectEqual({ ...inputs, targets }, { ...whole, head: 'softmax', curvature });
    }
    const targets = tf.tensor2d([1, 0, 1, 1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1], [3, C]);
    await expectEqual({ ...inputs, targets }, { ...whole, head: 'sigmoid', curvature });
  });

  test.each(heads)('a logit of NaN is seen, %s', async (head) => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const row of [
        [bad, 1, 2],
        [1, bad, 2],
        [1, 2, bad],
      ]) {
        const logits = tf.tensor2d([row, [1, 0, 2]]);
        const targets = tf.tensor2d([
          [0, 1, 0],
          [1, 0, 0],
        ]);
        const inputs = { logits, features: normals([2, D], 4), targets };
        const option = { ...whole, head, curvature };
        const loss = await decided(() => headLossByPrograms(inputs, option));
        const [value, dLogits] = valuesOf(loss);
        expect(Number.isFinite(value?.data[0])).toBe(false);
        expect(dLogits?.data.every(Number.isFinite)).toBe(
          head !== 'linear' && bad > 0 && head === 'sigmoid',
        );
      }
    }
  });

  test.each([0, 5, 10, 15, 20])('the digits at a margin of %d', async (margin) => {
    const z = [margin, 0.5, -1, 0.25];
    const inputs = {
      logits: tf.tensor2d([z]),
      features: tf.zeros([1, 2]) as tf.Tensor2D,
      targets: tf.tensor1d([0], 'int32'),
    };
    const row = new HeadRow(z.length);
    row.y[0] = 1;
    headOfRow.softmax.predict(z, 0, row);
    const expected = new Float32Array(z.length);
    const c = headOfRow.softmax[curvature](row, 1, 0.3, expected, 0);
    const value = headOfRow.softmax.lossOf(z, 0, row) + 0.3 * c;
    const option = { ...whole, head: 'softmax', curvature } as const;
    const [ofPrograms, dLogits] = valuesOf(await decided(() => headLossByPrograms(inputs, option)));
    expectEachClose(ofPrograms?.data as number[], [value], 1e-5);
    expectEachClose(dLogits?.data as number[], expected, 1e-5);
  });
});

const crossEntropy = { lambda: 0.3, curvature: 'hessian' } as const;

test.runIf(hasPrograms)(
  'rows along several axes are as one, and nothing is left behind',
  async () => {
    const [logits, features] = [normal([2, 3, C], 1, 3), normal([2, 3, D], 2)];
    const targets = tf.reshape(index, [2, 3]) as tf.Tensor2D;
    const rows = { logits: tf.reshape(logits, [6, C]), features: tf.reshape(features, [6, D]) };
    const option = { ...whole, head: 'softmax', curvature: 'hessian' } as const;
    const inputs = { ...rows, targets: index } as HeadInputs;
    const expected = valuesOf(await decided(() => headLossByPrograms(inputs, option)));
    const f = (logits: tf.Tensor, features: tf.Tensor) =>
      saspCrossEntropy(logits, features, targets, crossEntropy);
    const take = () => tf.valueAndGrads(f as never)([logits, features]);
    expectNoLeak(() => take() as never);
    const { value, grads } = take();
    expectClose(value, expected[0]?.data as number[], 1e-6);
    expect(grads.map(({ shape }) => shape)).toEqual([logits.shape, features.shape]);
    for (const [k, gradient] of grads.entries()) {
      expectClose(valuesIn(gradient), expected[k + 1]?.data as number[], 1e-6);
    }
  },
);

test('operations compute what is too large, and all where there are no programs', () => {
  const option = { ...whole, head: 'linear', curvature: 'fisher' } as const;
  const ofShape = (B: number, C: number, D: number) => ({
    logits: tf.zeros([B, C]) as tf.Tensor2D,
    features: tf.zeros([B, D]) as tf.Tensor2D,
    targets: tf.zeros([B, C]) as tf.Tensor2D,
  });
  for (const [B, C, D] of [
    [1, 1025, 1],
    [1, 1, 1025],
    [4097, 1, 1],
    ...(hasPrograms ? [] : [[1, 1, 1]]),
  ] as [number, number, number][]) {
    expect(headLossByPrograms(ofShape(B, C, D), option)).toBeUndefined();
  }
});
