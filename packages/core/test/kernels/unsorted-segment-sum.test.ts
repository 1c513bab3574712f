import * as tf from '@tensorflow/tfjs-core';
import { expectThrows, normal } from '@toploss/testing';
import { expect, test } from 'vitest';
import { unsortedSegmentSum } from '../../src/kernels/unsorted-segment-sum.js';
import { expectSameOnWasm, resultsOn } from './on-wasm.js';

const ids = (...values: number[]) => tf.tensor1d(values, 'int32');

test('by hand: rows in no segment are left out, of segments without a row the sum is 0', async () => {
  const [sums] = await resultsOn('wasm', () => [
    unsortedSegmentSum(
      {
        x: tf.tensor2d([
          [1, 2],
          [3, 4],
          [5, 6],
          [7, 8],
          [9, 10],
        ]),
        segmentIds: ids(2, 0, 2, -1, 3),
      },
      { numSegments: 3 },
    ),
  ]);
  expect(sums).toEqual({ shape: [3, 2], data: [3, 4, 0, 0, 6, 8] });
});

test('as on cpu, of vectors, matrices and more', async () => {
  const segmentIds = [3, 1, 1, 7, 0, 3];
  for (const shape of [[6], [6, 5], [6, 2, 3]]) {
    await expectSameOnWasm(() => [tf.unsortedSegmentSum(normal(shape, 1), ids(...segmentIds), 5)]);
  }
});

test('whole numbers have whole sums', async () => {
  const [isWhole] = await resultsOn('wasm', () => {
    const sums = tf.unsortedSegmentSum(ids(1, 2, 2 ** 30), ids(0, 0, 0), 1);
    return [tf.tensor1d([sums.dtype === 'int32' ? 1 : 0, sums.dataSync()[0] as number], 'int32')];
  });
  expect(isWhole?.data).toEqual([1, 2 ** 30 + 3]);
});

test('the gradient of gather, along any axis', async () => {
  for (const axis of [0, 1, 2]) {
    await expectSameOnWasm(() => [
      tf.grad((x) => {
        const y = tf.gather(x, tf.tensor2d([0, 2, 2, 1], [2, 2], 'int32'), axis);
        return tf.sum(tf.mul(y, normal(y.shape, 2)));
      })(normal([3, 4, 5], 1)),
    ]);
  }
});

test('another number of segments than rows is refused', () => {
  const x = tf.ones([2, 3]);
  const segmentIds = ids(0);
  expectThrows(
    () => unsortedSegmentSum({ x, segmentIds }, { numSegments: 2 }),
    /^core: expected segmentIds to have one entry for each of the 2 rows of x\. Received: 1\.$/,
  );
  tf.dispose([x, segmentIds]);
});
