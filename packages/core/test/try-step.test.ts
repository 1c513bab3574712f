import * as tf from '@tensorflow/tfjs-core';
import { expectThrows } from '@toploss/testing';
import { expect, test } from 'vitest';
import { tryStep } from '../src/kit/index.js';

/** One parameter at 3, and an optimizer that must not be asked for a step. */
function problem() {
  const theta = tf.variable(tf.scalar(3));
  const applyGradients = () => expect.fail('it is only tried');
  const optimizer = { applyGradients, learningRate: 0.1 };
  const forward = () => ({ loss: tf.square(theta) as tf.Scalar });
  return { theta, optimizer, forward };
}

test('every part of a step before the parameters move is run, once and at its step, and nothing after', () => {
  const { theta, optimizer, forward } = problem();
  const seen: unknown[] = [];
  const terms = [
    {
      name: 'penalty',
      penalty: (_: object, step?: number) => {
        seen.push(['penalty', step]);
        return tf.scalar(1);
      },
      observe: () => seen.push('observed'),
      getState: () => ({}),
      setState: () => {},
      dispose: () => {},
    },
    {
      name: 'correction',
      correct: (grads: tf.NamedTensorMap, _: tf.NamedTensorMap, step?: number) => {
        seen.push(['correct', step, Object.values(grads)[0]?.dataSync()[0]]);
        return grads;
      },
    },
    {
      name: 'decoupled',
      decouple: (_: tf.NamedTensorMap, rate: number, step?: number) => {
        seen.push(['decouple', step, rate]);
        return () => expect.fail('the parameters have not moved');
      },
    },
  ];
  const before = tf.memory().numTensors;
  tryStep({ optimizer, terms: terms as never, firstStep: 7 }, forward as never);
  expect(seen).toEqual([
    ['penalty', 7],
    ['correct', 7, 6],
    ['decouple', 7, 0.1],
  ]);
  expect(theta.dataSync()[0]).toBe(3);
  expect(tf.memory().numTensors).toBe(before);
});

test('it throws what the step would throw, and leaks nothing', () => {
  const { optimizer, forward } = problem();
  const infinite = {
    name: 'infinite',
    correct: (grads: tf.NamedTensorMap) =>
      Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, tf.div(g, 0)])),
  };
  const before = tf.memory().numTensors;
  const run = () => tryStep({ optimizer, terms: [infinite] }, forward);
  if (['cpu', 'wasm'].includes(tf.getBackend())) {
    expectThrows(run, /to be finite, and no step is taken: look at the corrections/);
  }
  const negative = { ...optimizer, learningRate: -1 };
  const decoupled = { name: 'decoupled', decouple: () => expect.fail('there is no such rate') };
  expectThrows(
    () => tryStep({ optimizer: negative, terms: [decoupled] as never }, forward as never),
    /^decoupled: expected `optimizer.learningRate` to be a number ≥ 0/,
  );
  expect(tf.memory().numTensors).toBe(before);
});
