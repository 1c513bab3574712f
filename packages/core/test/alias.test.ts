import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { alias, KeptTensors } from '../src/step/kept.js';

test('it has the memory of another tensor, and lives on without it', () => {
  const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const { numDataBuffers, numTensors } = tf.memory();
  const y = alias(x);
  expect(tf.memory()).toMatchObject({ numDataBuffers, numTensors: numTensors + 1 });
  x.dispose();
  expect(y.shape).toEqual([2, 2]);
  expect(Array.from(y.dataSync())).toEqual([1, 2, 3, 4]);
  y.dispose();
  expect(tf.memory().numDataBuffers).toBe(numDataBuffers - 1);
});

test('of a variable it keeps the value that it had', () => {
  const variable = tf.variable(tf.scalar(1));
  const before = tf.tidy(() => alias(variable));
  variable.assign(tf.scalar(2));
  expect(before).not.toBeInstanceOf(tf.Variable);
  expect([before, variable].map((x) => x.dataSync()[0])).toEqual([1, 2]);
  tf.dispose([before, variable]);
});

test('held memory outlives its tensor, until all that is kept is disposed of', () => {
  const { numBytes, numDataBuffers, numTensors } = tf.memory();
  const kept = new KeptTensors();
  const values = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])] as const;
  const variable = tf.variable(values[0]);
  const held = kept.hold(variable);
  variable.assign(values[1]);
  const before = alias(held);
  expect([before, variable].map((x) => Array.from(x.dataSync()))).toEqual([
    [1, 2],
    [3, 4],
  ]);
  tf.dispose([...values, before, variable]);
  kept.dispose();
  expect(tf.memory()).toMatchObject({ numBytes, numDataBuffers, numTensors });
});
