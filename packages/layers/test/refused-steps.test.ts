import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { attach } from '@toploss/layers';
import { sasp } from '@toploss/sasp';
import { expectClose } from '@toploss/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { valuesOf } from './models.js';

const x = tf.tensor2d([[1], [3]]);
const y = tf.tensor2d([
  [1, 0],
  [0, 1],
]);

const normalized = () => {
  const model = tfl.sequential({
    layers: [
      tfl.layers.batchNormalization({ inputShape: [1], momentum: 0.5 }),
      tfl.layers.dense({ units: 2, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy' });
  return model;
};

/** The forward pass moves the averages before anything can throw. */
describe('a step that throws leaves the averages of batch normalization as they were', () => {
  let mood: 'good' | 'throws' | 'NaN' = 'good';
  const moody = {
    name: 'moody',
    penalty: ({ logits }: { logits: tf.Tensor }): tf.Scalar => {
      if (mood === 'throws') {
        throw new Error('not today');
      }
      return tf.mul(mood === 'NaN' ? Number.NaN : 0, tf.sum(logits));
    },
  };
  beforeEach(() => {
    mood = 'good';
  });

  /** Of the batch (1, 3), mean 2 and variance 1: ½·0 + ½·2 = 1, then ½·1 + ½·2 = 1.5; the variance stays 1. */
  const expectMean = (model: tfl.LayersModel, mean: number) => {
    const averages = model.getWeights().slice(-2);
    expectClose(averages[0] as tf.Tensor, [mean], 1e-6);
    expectClose(averages[1] as tf.Tensor, [1], 1e-6);
  };

  test.each<[what: string, refuse: (model: tfl.LayersModel) => Promise<unknown>]>([
    [
      'a term throws',
      (model) => {
        mood = 'throws';
        return model.trainOnBatch(x, y);
      },
    ],
    [
      'a penalty is NaN, where the backend can see it',
      (model) => {
        mood = 'NaN';
        return model.trainOnBatch(x, y);
      },
    ],
    ['x holds NaN', (model) => model.trainOnBatch(tf.tensor2d([[1], [Number.NaN]]), y)],
    ['y holds NaN', (model) => model.trainOnBatch(x, tf.fill([2, 2], Number.NaN))],
  ])('%s', async (what, refuse) => {
    if (what !== 'a term throws' && !['cpu', 'wasm'].includes(tf.getBackend())) {
      return;
    }
    const model = normalized();
    attach(model, [moody]);
    await model.trainOnBatch(x, y);
    expectMean(model, 1);
    const before = valuesOf(model);
    const { numTensors, numBytes } = tf.memory();
    await expect(refuse(model)).rejects.toThrow();
    expect(valuesOf(model)).toEqual(before);
    mood = 'good';
    expect(tf.memory().numTensors - numTensors).toBeLessThanOrEqual(what.includes('holds') ? 1 : 0);
    expect(tf.memory().numBytes - numBytes).toBeLessThanOrEqual(what.includes('holds') ? 16 : 0);
    await model.trainOnBatch(x, y);
    expectMean(model, 1.5);
  });
});

const thrownBy = (f: () => unknown): string => {
  try {
    f();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

test.each<[what: string, batch: unknown, says: RegExp]>([
  ['arrays', [[[1, 2]], [[1]]], /^layers: expected `batch` to be an array of inputs and targets, /],
  [
    'no targets',
    [x, undefined],
    /^layers: expected `batch` to be an array of inputs and targets, /,
  ],
  ['a number', [x, 3], /^layers: expected `batch` to be an array of inputs and targets, /],
  [
    'another shape of x',
    [tf.ones([2, 3]), y],
    /^layers: expected `batch` to be x and y as `fit` of this model takes them\. Received: ".*\[\*,1\].*"\.$/,
  ],
  [
    'more targets',
    [x, tf.ones([3, 2])],
    /^layers: expected `batch` to be x and y as `fit` of this model takes them\. Received: ".*2 .*3 .*"\.$/,
  ],
  [
    'another name',
    [{ nobody: x }, y],
    /^layers: expected `batch` to be x and y as `fit` of this model takes them\. Received: "No data.*"\.$/,
  ],
])('a batch that does not fit is named: %s', (_, batch, says) => {
  const model = normalized();
  const before = valuesOf(model);
  expect(thrownBy(() => attach(model, [], { batch: batch as never }))).toMatch(says);
  expect(valuesOf(model)).toEqual(before);
  expect(thrownBy(() => attach(model, [], { batch: [x, [y]] }))).toBe('');
});

test('a model that is disposed of is named', () => {
  const model = normalized();
  model.dispose();
  expect(thrownBy(() => attach(model, [sasp()]))).toBe(
    'layers: expected `model` not to be disposed of. Received: "a model that is".',
  );
});

test('an async loss is named', () => {
  const model = normalized();
  const loss = async () => tf.scalar(0);
  model.compile({ optimizer: 'sgd', loss: loss as never });
  expect(thrownBy(() => attach(model, []))).toMatch(
    /^layers: expected `model` to be compiled with losses that return a tensor\. Received: a promise: /,
  );
});

test.each(['toString', '__proto__', 'constructor'])('no term is named %s', (name) => {
  const term = { name, penalty: () => tf.scalar(0) };
  expect(thrownBy(() => attach(normalized(), [term] as never))).toMatch(
    /^core\.trainStep: expected `terms` to have names of their own, .* Received: ".*"\.$/,
  );
});
