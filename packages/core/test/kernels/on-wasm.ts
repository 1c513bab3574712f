import * as tf from '@tensorflow/tfjs-core';
import { expectClose, normal, readTogether } from '@toploss/testing';
import { expect } from 'vitest';
import { registerKernels } from '../../src/kernels/register.js';

registerKernels('wasm');

/** What f gives on this backend, which leaves no tensor behind. */
export async function resultsOn(backend: string, f: () => tf.Tensor[]) {
  const before = tf.getBackend();
  await tf.setBackend(backend);
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  const results = tf.tidy(f);
  const values = readTogether(results);
  tf.dispose(results);
  expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers, numBytes });
  await tf.setBackend(before);
  return values;
}

/** f gives the same on wasm as on cpu. f makes its own tensors. */
export async function expectSameOnWasm(f: () => tf.Tensor[], relative = 1e-5) {
  const expected = await resultsOn('cpu', f);
  const actual = await resultsOn('wasm', f);
  expect(actual.length).toBe(expected.length);
  for (const [k, values] of actual.entries()) {
    expectClose(values, expected[k] as (typeof expected)[number], relative);
  }
}

/** Whole numbers from `least` to `most`, the same ones for the same seed. */
export function wholeNumbers(seed: number): (least: number, most: number) => number {
  let state = seed;
  return (least, most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes
    return least + Math.floor((state / 2 ** 32) * (most - least + 1));
  };
}

export type Strides = [number, number];

/** ∂/∂x and ∂/∂W of the sum of f(x, W) dy, for tensors of these shapes and a dy of unequal entries. */
export const gradients = (x: number[], w: number[], f: (x: tf.Tensor, w: tf.Tensor) => tf.Tensor) =>
  tf.grads((x, w) => {
    const y = f(x as tf.Tensor, w as tf.Tensor);
    return tf.sum(tf.mul(y, normal(y.shape, 3)));
  })([normal(x, 1), normal(w, 2)]);
