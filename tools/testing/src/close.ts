import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { GoldenTensor } from './golden.js';

export type Values = tf.Tensor | GoldenTensor | ArrayLike<number> | number;

/** The entries of x, row-major. */
export function valuesOf(x: Values): number[] {
  if (typeof x === 'number') {
    return [x];
  }
  return Array.from(x instanceof tf.Tensor ? x.dataSync() : 'data' in x ? x.data : x);
}

const shapeOf = (x: Values) => (typeof x === 'object' && 'shape' in x ? x.shape : undefined);

/** The values of these tensors by one read: a device takes milliseconds for each. */
export function readTogether(tensors: readonly tf.Tensor[]): GoldenTensor[] {
  const all = tf.tidy(() => tf.concat(tensors.map((x) => tf.reshape(x, [-1]))).dataSync());
  let end = 0;
  return tensors.map(({ shape, size }) => {
    end += size;
    return { shape, data: Array.from(all.subarray(end - size, end)) };
  });
}

/**
 * The largest error is at most `relative` of the largest expected entry: what float32 can promise of a
 * tensor whose entries cancel.
 */
export function expectClose(actual: Values, expected: Values, relative = 1e-5, absolute = 1e-12) {
  checkShapes(actual, expected);
  const [a, e] = [valuesOf(actual), valuesOf(expected)];
  const scale = Math.max(...e.map(Math.abs));
  const error = Math.max(...e.map((x, k) => Math.abs((a[k] as number) - x)));
  expect(error, `error against ${scale}`).toBeLessThanOrEqual(relative * scale + absolute);
}

/** Every entry on its own is right to `relative`. */
export function expectEachClose(
  actual: Values,
  expected: Values,
  relative = 1e-5,
  absolute = 1e-30,
) {
  checkShapes(actual, expected);
  const [a, e] = [valuesOf(actual), valuesOf(expected)];
  for (const [k, x] of e.entries()) {
    const error = Math.abs((a[k] as number) - x);
    expect(error, `entry ${k}: ${a[k]} for ${x}`).toBeLessThanOrEqual(
      relative * Math.abs(x) + absolute,
    );
  }
}

/** The same bits. */
export function expectSame(actual: Values, expected: Values) {
  checkShapes(actual, expected);
  expect(valuesOf(actual)).toEqual(valuesOf(expected));
}

export function expectFinite(...tensors: readonly tf.Tensor[]) {
  for (const x of tensors) {
    expect(valuesOf(x).filter((value) => !Number.isFinite(value))).toEqual([]);
  }
}

function checkShapes(actual: Values, expected: Values) {
  const [a, e] = [shapeOf(actual), shapeOf(expected)];
  if (a !== undefined && e !== undefined) {
    expect(a).toEqual(e);
  }
  expect(valuesOf(actual)).toHaveLength(valuesOf(expected).length);
}
