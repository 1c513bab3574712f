import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** f leaves as many tensors as it found, besides those that it returns, which are disposed here. */
export function expectNoLeak(f: () => tf.TensorContainer): void {
  const { numTensors } = tf.memory();
  tf.dispose(f());
  expect(tf.memory().numTensors, 'the tensors that are left').toBe(numTensors);
}

/** f throws an error of this message, and leaves nothing behind. */
export function expectThrows(f: () => unknown, message: RegExp): void {
  const { numTensors } = tf.memory();
  expect(thrownBy(f).message).toMatch(message);
  expect(tf.memory().numTensors, 'the tensors that are left').toBe(numTensors);
}

/** The error that f throws; `toThrow` takes `undefined` for an error of any message. */
export function thrownBy(f: () => unknown): Error {
  try {
    f();
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return error as Error;
  }
  return expect.fail('nothing is thrown');
}
