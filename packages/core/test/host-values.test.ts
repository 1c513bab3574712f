import * as tf from '@tensorflow/tfjs-core';
import { filled, hostView, sumOfProducts } from '@toploss/core/kit';
import { expect, test } from 'vitest';

const { tensors, isHost } = {
  tensors: [
    tf.tensor1d([1.5, -2]),
    tf.scalar(3, 'int32'),
    tf.tensor2d([[1], [0]], [2, 1], 'bool'),
    tf.zeros([0, 2]),
  ],
  isHost: ['cpu', 'wasm'].includes(tf.getBackend()),
};

test.runIf(isHost)('the same values, without a copy', () => {
  for (const x of tensors) {
    expect(hostView(x)).toEqual(x.dataSync());
  }
});

test.runIf(isHost)('a clone, a reshaped tensor and a variable show what they share', () => {
  const x = tf.tensor1d([1, 2, 3, 4]);
  const w = tf.variable(x);
  for (const shared of [tf.clone(x), tf.reshape(x, [2, 2]), w]) {
    expect([...(hostView(shared) as Float32Array)]).toEqual([1, 2, 3, 4]);
  }
  w.dispose();
});

test.runIf(tf.getBackend() === 'wasm')(
  'a view survives no tensor that makes the heap grow, but is right when it is taken',
  () => {
    const x = tf.tensor1d([7]);
    const large = tf.zeros([20_000_000]); // 80 MB more than the heap starts with
    expect([...(hostView(x) as Float32Array)]).toEqual([7]);
    tf.dispose([x, large]);
  },
);

test.runIf(tf.getBackend() === 'wasm')(
  'what another backend holds is read from there, and stays there, as a heap that grows ends all views',
  async () => {
    await tf.setBackend('cpu');
    const x = tf.tensor1d([1, 2]);
    await tf.setBackend('wasm');
    const own = tf.backend().numDataIds();
    expect([...(hostView(x) as Float32Array)]).toEqual([1, 2]);
    expect(tf.backend().numDataIds()).toBe(own);
  },
);

test.runIf(isHost)(
  'a filled tensor has the values that are written, even if the heap has to grow',
  () => {
    const x = tf.tensor1d([7]);
    const { numTensors, numDataBuffers, numBytes } = tf.memory();
    const [rows, columns] = [2, 10_000_000];
    const y = filled([rows, columns], (values) => {
      values.fill(1);
      values[columns] = (hostView(x) as Float32Array)[0] as number;
    });
    expect([y.shape, y.dtype]).toEqual([[rows, columns], 'float32']);
    expect([...y.dataSync().subarray(columns - 1, columns + 2)]).toEqual([1, 7, 1]);
    y.dispose();
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers, numBytes });
  },
);

test('sums of products, of any length and from any entry', () => {
  const x = Float32Array.of(1, 2, 3, 4, 5, 6);
  expect(sumOfProducts(x, x)).toBe(91); // 1 + 4 + 9 + 16 + 25 + 36
  expect(sumOfProducts(x, x, 1, 3)).toBe(13); // 4 + 9
  expect(sumOfProducts(x, x, 2, 2)).toBe(0);
});
