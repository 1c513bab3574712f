import * as tf from '@tensorflow/tfjs-core';
import { type NgerTermOptions, nger } from '@toploss/nger';
import { expectClose, expectSame, valuesOf } from '@toploss/testing';
import { expect, test } from 'vitest';

/** Losses and proxies of a few steps that have all three tasks. */
const steps = Array.from({ length: 25 }, (_, k) => ({
  losses: [2 / (k + 1), 1 + 0.1 * Math.sin(k), 0.5 + 0.01 * k],
  proxies: [0.3, 1 + 0.5 * Math.cos(3 * k), 1e-3],
}));

const scalars = (values: readonly number[]) => values.map((x) => tf.scalar(x));

const options: Partial<NgerTermOptions>[] = [
  {},
  { gamma: 0.5, eps: 1e-4, total: 3 },
  { window: 4 },
  { window: 1 },
];

test.each(options)('scalars in a loop, and numbers in operations, give the same: %o', (options) => {
  const [inLoop, inOperations] = [nger({ tasks: 3, ...options }), nger({ tasks: 3, ...options })];
  for (const { losses, proxies } of steps) {
    const inputs = { taskLosses: scalars(losses), ntkProxies: scalars(proxies) };
    const asNumbers = { ...inputs, ntkProxies: proxies };
    expectClose(inLoop.loss(inputs), inOperations.loss(asNumbers), 1e-4);
    inLoop.observe(inputs);
    inOperations.observe(asNumbers);
    expectClose(inLoop.weights(), inOperations.weights(), 1e-4, 1e-6);
  }
  expect(inLoop.getState()).toMatchObject({ steps: steps.length, floor: 'ema-min' });
  for (const term of [inLoop, inOperations]) {
    term.dispose();
  }
});

test('weights that were handed out keep their values', () => {
  const [term, other] = [nger({ tasks: 3 }), nger({ tasks: 3 })];
  const observe = (k: number) => {
    for (const x of [term, other]) {
      const { losses, proxies } = steps[k] as (typeof steps)[number];
      x.observe({ taskLosses: tf.tensor1d(losses), ntkProxies: tf.tensor1d(proxies) });
    }
  };
  observe(0);
  observe(1);
  const weights = term.weights();
  const values = valuesOf(weights);
  observe(2);
  observe(3);
  expect(valuesOf(weights)).toEqual(values);
  expectSame(term.weights(), other.weights());
  expect(term.getState()).toEqual(other.getState());
  for (const x of [term, other]) {
    x.dispose();
  }
});
