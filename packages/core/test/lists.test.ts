import * as tf from '@tensorflow/tfjs-core';
import { type CorrectLists, withLists } from '@toploss/core/kit';
import { expectSame } from '@toploss/testing';
import { expect, test } from 'vitest';
import { trainStep } from '../src/index.js';

const plus = (c: number) => (grads: tf.NamedTensorMap) =>
  Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, tf.add(g, c)]));

/** θ after a step of w² + b² from (1, 2), at a rate of ½. */
function stepWith(correct: (grads: tf.NamedTensorMap) => tf.NamedTensorMap, frozen = false) {
  const [w, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
  const step = trainStep({
    optimizer: tf.train.sgd(0.5),
    params: frozen ? [b] : [w, b],
    terms: [{ name: 'plus' as const, correct }],
  });
  const { numTensors } = tf.memory();
  const { base, ...losses } = step(() => ({
    loss: tf.add(tf.square(w), tf.square(b)) as tf.Scalar,
  }));
  expect(base.dataSync()[0]).toBe(5);
  const value = (losses as Record<string, tf.Scalar>).plus?.dataSync()[0];
  tf.dispose([base, losses]);
  expect(tf.memory().numTensors).toBe(numTensors);
  const theta = [w, b].map((x) => x.dataSync()[0]);
  tf.dispose([w, b]);
  return { theta, value };
}

/** The same as `plus(2)`, and a value, for two variables only. */
const byLists: CorrectLists = ({ variables, tensors }, step) =>
  variables.length === 2
    ? { tensors: tensors.map((g) => tf.add(g, 2)), value: tf.scalar(step + 7) }
    : undefined;

test('by hand: lists correct in place of names, where they can', () => {
  // g = (2, 4): θ − ½(g + c)
  expect(stepWith(plus(4))).toEqual({ theta: [-2, -2], value: undefined });
  const listed = withLists(plus(4), byLists);
  expect(stepWith(listed)).toEqual({ theta: [-1, -1], value: 7 });
  expect(stepWith(listed, true)).toEqual({ theta: [1, -2], value: undefined });
});

test("a user's function around the correction is called", () => {
  const listed = withLists(plus(4), byLists);
  expect(stepWith((grads) => listed(grads)).theta).toEqual([-2, -2]);
});

test('the function itself stays as it is', () => {
  const { w } = withLists(plus(4), byLists)({ w: tf.scalar(1) });
  expectSame(w as tf.Tensor, [5]);
});

test('by hand: an observer gets lists, and names where it refuses the lists', () => {
  const seen: unknown[] = [];
  const observe = withLists(
    (grads: tf.NamedTensorMap) => {
      seen.push(Object.keys(grads).length);
    },
    ({ variables, tensors }) => {
      if (variables.length === 2) {
        seen.push(tensors.map((g) => g.dataSync()[0]));
      }
      return variables.length === 2;
    },
  );
  const [w, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
  const saved = { getState: () => ({}), setState: () => undefined, dispose: () => undefined };
  const term = {
    name: 'seen' as const,
    correct: (grads: tf.NamedTensorMap) => grads,
    observe,
    ...saved,
  };
  for (const params of [[w, b], [b]]) {
    const step = trainStep({ optimizer: tf.train.sgd(0), params, terms: [term] });
    tf.dispose(
      step(() => ({ loss: tf.add(tf.square(w), tf.square(b)) as tf.Scalar })) as tf.NamedTensorMap,
    );
  }
  expect(seen).toEqual([[2, 4], 1]);
  tf.dispose([w, b]);
});
