import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Term } from '@toploss/core';
import { attach, type ChooseLambdaOptions, chooseLambda } from '@toploss/layers';
import { describe, expect, test } from 'vitest';

/** λ w² on the loss (w − 1)² of all batches: after training w = 1/(1 + λ). */
const ridge = (lambda: number): Term[] => [
  {
    name: 'ridge',
    penalty: ({ params }: { params: tf.NamedTensorMap }) =>
      tf.mul(lambda, tf.sum(tf.square(Object.values(params)[0] as tf.Tensor))),
  },
];

/** z = w x, from w = 0. */
const model = (): tfl.LayersModel => {
  const made = tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 1, inputShape: [1], useBias: false, kernelInitializer: 'zeros' }),
    ],
  });
  made.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError', metrics: ['mae'] });
  return made;
};

const ones = (n: number) => tf.ones([n, 1]);
const options: ChooseLambdaOptions = {
  model,
  terms: ridge,
  x: ones(8),
  y: ones(8),
  // (w − ¼)² is smallest where 1/(1 + λ) = ¼, at λ = 3.
  validationData: [ones(2), tf.fill([2, 1], 0.25)],
  lambdas: [0.3, 1, 3, 6, 100],
  epochs: 40,
  batchSize: 8,
};

test('the λ that is best on the validation data', async () => {
  const heard: Parameters<NonNullable<ChooseLambdaOptions['onTrial']>>[0][] = [];
  const { lambda, trials } = await chooseLambda({
    ...options,
    onTrial: (trial) => {
      heard.push(trial);
    },
  });
  expect(lambda).toBe(3);
  expect(trials.map((trial) => trial.lambda)).toEqual([0, 0.3, 1, 3, 6, 100]);
  // w = 1 with λ = 0: (1 − ¼)² = .5625; w = ¼ with λ = 3.
  expect(trials[0]).toMatchObject({ value: expect.closeTo(0.5625, 3), epochs: 40 });
  expect(trials[3]).toMatchObject({ value: expect.closeTo(0, 6), epochs: 40 });

  // Six for 10 epochs, three for 20, two to the end; λ = 0 among them each time.
  expect(heard.map(({ epochs }) => epochs)).toEqual([
    ...Array(6).fill(10),
    ...Array(3).fill(20),
    ...Array(2).fill(40),
  ]);
  for (const end of [10, 20, 40]) {
    expect(heard.filter(({ epochs }) => epochs === end).map(({ lambda }) => lambda)).toContain(0);
  }
  expect(heard.at(-1)?.progress).toBe(1);
  // λ = 100 takes w from 0 to .2 and then to ∓20 times as far: w² is out of range before epoch 40.
  expect(trials[5]?.epochs).toBe(10);
});

test('λ = 0 where nothing is gained, and where all else diverges', async () => {
  const plain = await chooseLambda({ ...options, validationData: [ones(2), ones(2)] });
  expect(plain.lambda).toBe(0);
  const diverged = await chooseLambda({ ...options, lambdas: [1e6], epochs: 100 });
  expect(diverged.lambda).toBe(0);
});

test('the largest value of an accuracy', async () => {
  const classifier = () => {
    const made = tfl.sequential({
      layers: [
        tfl.layers.dense({
          units: 1,
          inputShape: [1],
          kernelInitializer: 'zeros',
          activation: 'sigmoid',
        }),
      ],
    });
    made.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: ['accuracy'] });
    return made;
  };
  const x = tf.tensor2d([-2, -1, 1, 2], [4, 1]);
  const y = tf.tensor2d([0, 0, 1, 1], [4, 1]);
  const { trials } = await chooseLambda({
    ...{ model: classifier, terms: ridge, x, y, epochs: 4, monitor: 'val_acc' },
    ...{ validationData: [x, y], lambdas: [0.01] },
  });
  expect(trials.map(({ value }) => value)).toEqual([1, 1]);
});

test('all start from the weights of the first model, and nothing is left of them', async () => {
  const random = () => {
    const made = tfl.sequential({ layers: [tfl.layers.dense({ units: 2, inputShape: [1] })] });
    made.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    return made;
  };
  const [x, y] = [ones(8), tf.ones([8, 2])];
  const both = {
    ...{ model: random, terms: () => [], x, y, batchSize: 8 },
    validationData: [x, y],
  };
  await chooseLambda({ ...both, epochs: 1 });
  const before = tf.memory().numTensors;
  const { trials } = await chooseLambda({ ...both, lambdas: [1], epochs: 2 });
  expect(trials[1]?.value).toBe(trials[0]?.value);
  expect(tf.memory().numTensors).toBe(before);
});

test('what cannot be chosen from is refused in words, and leaves nothing behind', async () => {
  const before = tf.memory().numTensors;
  const { validationData: _, ...without } = options;
  const bad: [Partial<ChooseLambdaOptions>, RegExp][] = [
    [{ ...without }, /validationSplit/],
    [{ ...options, validationSplit: 0.5 }, /validationSplit/],
    [{ ...options, monitor: 'loss' }, /monitor.*always prefers λ = 0/],
    [{ ...options, monitor: 'val_other' }, /monitor.*to be one of val_loss, val_mae/],
    [{ ...options, lambdas: [] }, /lambdas/],
    [{ ...options, lambdas: [-1] }, /lambdas/],
    [{ ...options, epochs: 0 }, /epochs/],
    [{ ...options, terms: () => [{ name: 'no term' } as unknown as Term] }, /terms/],
    [{ ...without, validationSplit: 0.5, model: undefined as never }, /model/],
  ];
  for (const [given, message] of bad) {
    await expect(chooseLambda(given as ChooseLambdaOptions)).rejects.toThrow(message);
  }
  expect(tf.memory().numTensors).toBe(before);
});

describe('a model or terms that are not as they should be are refused in one sentence', () => {
  const uncompiled = () =>
    tfl.sequential({ layers: [tfl.layers.dense({ units: 1, inputShape: [1] })] });
  /** Each time the same of what `make` made. */
  const once = <T>(make: () => T) => {
    let made: T | undefined;
    return () => {
      made ??= make();
      return made;
    };
  };
  const sgd = once(() => tf.train.sgd(0.1));
  const sharing = () => {
    const made = uncompiled();
    made.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    return made;
  };
  const cases: [string, Partial<Record<'model' | 'terms', unknown>>, RegExp][] = [
    [
      'async model',
      { model: async () => null },
      /`model\(\)` to be a tf.LayersModel .*: a promise/,
    ],
    ['no model', { model: () => undefined }, /`model\(\)` to be a tf.LayersModel .*: undefined\.$/],
    ['uncompiled', { model: uncompiled }, /`model\(\)` to be compiled: call `model.compile` in it/],
    ['empty', { model: () => tfl.sequential() }, /`model\(\)` to be compiled/],
    ['the same', { model: once(model) }, /`model\(\)` to be a new model at each call\. .*again/],
    ['one optimizer', { model: sharing }, /`model\(\)` to have an optimizer of its own: make/],
    [
      'async terms',
      { terms: async () => [] },
      /`terms\(\)` to be an array of terms, .*: a promise/,
    ],
    [
      'a term',
      { terms: (l: number) => ridge(l)[0] },
      /`terms\(\)` to be an array of .*: an object/,
    ],
    ['no term', { terms: () => [{ name: 'no term' }] }, /`terms\[0\]` to be a penalty/],
  ];
  test.each(cases)('%s', async (_name, given, message) => {
    const before = tf.memory().numTensors;
    const error = await chooseLambda({ ...options, ...(given as object) }).catch((e) => e);
    expect(error.message).toMatch(/^layers.chooseLambda: expected `/);
    expect(error.message).toMatch(message);
    expect(tf.memory().numTensors - before).toBe(0);
  });
});

test('an error of a term is thrown with any λ, and the models are disposed of', async () => {
  const terms = (lambda: number): Term[] => {
    let calls = 0;
    const penalty = () => {
      calls += 1;
      if (lambda > 0 && calls > 2) {
        throw new TypeError('a slip in the term');
      }
      return tf.scalar(0);
    };
    return [{ name: 'slip', penalty }];
  };
  const weights: tf.Tensor[] = [];
  const watched = () => {
    const made = model();
    weights.push(...made.getWeights());
    return made;
  };
  const chosen = chooseLambda({ ...options, model: watched, terms, lambdas: [1] });
  await expect(chosen).rejects.toThrow(/^a slip in the term$/);
  expect(weights.map(({ isDisposed }) => isDisposed)).toEqual([true, true]);
});

test('two lines in a script', async () => {
  const { lambda } = await chooseLambda({ ...options, epochs: 20 });
  const made = model();
  attach(made, ridge(lambda));
  await made.fit(ones(8), ones(8), { epochs: 2, verbose: 0 });
});
