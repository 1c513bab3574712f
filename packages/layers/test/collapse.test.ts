import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { composite } from '@toploss/composite';
import type { Term } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { attach, chooseLambda } from '@toploss/layers';
import { sasp, saspNetwork } from '@toploss/sasp';
import { afterEach, beforeEach, describe, expect, type Mock, test, vi } from 'vitest';
import { normal, seeded } from './models.js';

const { dense } = tfl.layers;
const x = normal([60, 4], 1);
const first = tf.slice(x, [0, 0], [60, 1]);
const classes = tf.cast(tf.reshape(tf.greater(first, 0), [60]), 'int32') as tf.Tensor1D;

type Kind = 'softmax' | 'sigmoid' | 'linear' | 'sparse' | 'logits';
const kinds = {
  softmax: [2, 'softmax', 'categoricalCrossentropy', tf.cast(tf.oneHot(classes, 2), 'float32')],
  sigmoid: [1, 'sigmoid', 'binaryCrossentropy', tf.reshape(tf.cast(classes, 'float32'), [60, 1])],
  linear: [1, 'linear', 'meanSquaredError', first],
  sparse: [
    ...[2, 'softmax', 'sparseCategoricalCrossentropy'],
    tf.reshape(tf.cast(classes, 'float32'), [60, 1]),
  ],
  logits: [2, 'linear', tf.losses.softmaxCrossEntropy, tf.cast(tf.oneHot(classes, 2), 'float32')],
} as unknown as Record<Kind, [units: number, activation: 'linear', loss: string, y: tf.Tensor]>;

function modelOf(kind: Kind, hidden: 'relu' | 'sigmoid' = 'relu', rate = 0.02): tfl.Sequential {
  const [units, activation, loss] = kinds[kind];
  const model = seeded(
    tfl.sequential({
      layers: [
        dense({ units: 8, activation: hidden, inputShape: [4] }),
        dense({ units: 8, activation: hidden }),
        dense({ units, activation }),
      ],
    }),
  );
  model.compile({ optimizer: tf.train.adam(rate), loss });
  return model;
}

const settings = { epochs: 6, batchSize: 16, verbose: 0, shuffle: false } as const;

/** Trains, and returns the losses of the epochs. */
async function lossesOf(
  model: tfl.LayersModel,
  terms: Term[],
  y: tf.Tensor,
  options: Partial<tfl.ModelFitArgs> = {},
): Promise<number[]> {
  attach(model, terms as never);
  const { history } = await model.fit(x, y, { ...settings, ...options });
  return history.loss as number[];
}

let warn: Mock<typeof console.warn>;
beforeEach(() => {
  warn = vi.spyOn(console, 'warn').mockImplementation(() => {}) as typeof warn;
});
afterEach(() => warn.mockRestore());
const words = () => warn.mock.calls.map(([message]) => String(message));

const network = (lambda: number | ((step: number) => number)) =>
  saspNetwork({ lambda, root: true, scale: 'absolute', fraction: 0.25, every: 1, seed: 1 });

describe.each(Object.keys(kinds) as Kind[])('%s', (kind) => {
  const y = kinds[kind][3];

  test('a collapse is named, once, with λ and a smaller one', async () => {
    const model = modelOf(kind);
    const losses = await lossesOf(model, [network(10)], y, { epochs: 12 });
    expect(losses.at(-1)).toBeGreaterThan(kind === 'linear' ? 0.5 : 0.6); // log 2 is .69
    expect(words()).toEqual([
      expect.stringMatching(
        /^layers: training has collapsed: .* Try to reduce saspNetwork from λ = 10 to 3; or let `chooseLambda`/,
      ),
    ]);
    await model.fit(x, y, settings);
    expect(words()).toHaveLength(1);
  });

  test('by default nothing collapses by the same λ', async () => {
    const losses = await lossesOf(modelOf(kind), [saspNetwork({ lambda: 10, seed: 1 })], y, {
      epochs: 12,
    });
    expect(losses.at(-1)).toBeLessThan(losses[0] as number);
    expect(words()).toEqual([]);
  });

  test('training that learns is silent', async () => {
    const losses = await lossesOf(modelOf(kind), [network(0.1)], y, { epochs: 12 });
    expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] as number));
    expect(words()).toEqual([]);
  });
});

describe('the terms that are named', () => {
  const y = kinds.softmax[3];

  test('those of a composite, and those alone whose λΦ is large beside the loss', async () => {
    const terms = composite([cvp({ lambda: 1e-6 }), network(10), sasp({ lambda: 0 })]);
    await lossesOf(modelOf('softmax'), [terms], y, { epochs: 12 });
    expect(words()).toEqual([expect.stringMatching(/reduce saspNetwork from λ = 10 to 3;/)]);
  });

  test('cvp, which lets nothing grow, and a schedule at the value that it has by then', async () => {
    const lambda = (step: number) => (step < 4 ? 0 : 6);
    await lossesOf(modelOf('softmax', 'sigmoid'), [cvp({ lambda })], y, { epochs: 30 });
    expect(words()).toEqual([expect.stringMatching(/reduce cvp from λ = 6 to 2;/)]);
  });

  test('a term of the user’s that says its λ', async () => {
    const term = {
      name: 'mine',
      lambda: 40,
      penalty: ({ logits }: { logits: tf.Tensor }) => tf.mul(40, tf.mean(tf.square(logits))),
    };
    await lossesOf(modelOf('softmax'), [term], y, { epochs: 30 });
    expect(words()).toEqual([expect.stringMatching(/reduce mine from λ = 40 to 10;/)]);
  });
});

describe('it is silent', () => {
  const y = kinds.softmax[3];

  test('where predictions are constant from the start, and no term is heavy', async () => {
    const noise = tf.cast(
      tf.oneHot(tf.mod(tf.range(0, 60, 1, 'int32'), tf.scalar(2, 'int32')) as tf.Tensor1D, 2),
      'float32',
    );
    for (const [model, targets] of [
      [modelOf('softmax', 'sigmoid', 1e-4), y],
      [modelOf('softmax', 'sigmoid', 1e-4), noise],
    ] as const) {
      model.setWeights(model.getWeights().map((w) => tf.mul(1e-3, w)));
      await lossesOf(model, [network(0.1)], targets);
    }
    expect(words()).toEqual([]);
  });

  test('in the first epoch, in batches of one row, without λ, and in steps outside of `fit`', async () => {
    await lossesOf(modelOf('softmax'), [network(10)], y, { epochs: 1 });
    await lossesOf(modelOf('softmax'), [network(10)], y, { epochs: 4, batchSize: 1 });
    await lossesOf(modelOf('softmax'), [network(0)], y);
    const model = modelOf('softmax');
    attach(model, [network(10)]);
    for (let k = 0; k < 40; k++) {
      await model.trainOnBatch(x, y);
    }
    expect(words()).toEqual([]);
  });

  test('in the trials of chooseLambda', async () => {
    const { lambda } = await chooseLambda({
      ...{ model: () => modelOf('softmax'), terms: (lambda) => [network(lambda)], x, y },
      ...{ lambdas: [10], epochs: 12, batchSize: 16, validationSplit: 0.2 },
    });
    expect(lambda).toBe(0);
    expect(words()).toEqual([]);
  });

  test('after `detach`', async () => {
    const model = modelOf('softmax');
    const attachment = attach(model, [network(10)]);
    await model.fit(x, y, {
      ...{ ...settings, epochs: 12 },
      callbacks: { onEpochEnd: async (epoch) => (epoch === 0 ? attachment.detach() : undefined) },
    });
    expect(words()).toEqual([]);
  });
});

test('a model whose calls of `fit` are one epoch each collapses too', async () => {
  const model = modelOf('softmax');
  attach(model, [network(10)]);
  for (let epoch = 0; epoch < 12; epoch++) {
    await model.fit(x, kinds.softmax[3], { ...settings, epochs: 1 });
  }
  expect(words()).toHaveLength(1);
});

test('a step launches nothing for it, and nothing is left', async () => {
  const y = kinds.softmax[3];
  /** How many kernels an epoch runs; clones share their memory. */
  const launchesOf = async (term: Term, batchSize: number) => {
    const model = modelOf('softmax');
    await model.trainOnBatch(x, y); // makes the averages of the optimizer
    attach(model, [term as never]);
    const { numTensors } = tf.memory();
    const { kernels } = await tf.profile(async () => {
      await model.fit(x, y, { ...settings, epochs: 1, batchSize });
      return tf.scalar(0);
    });
    expect(tf.memory().numTensors - numTensors).toBe(4); // total, base, λΦ, and the scalar above
    return kernels.filter(({ name }) => name !== 'Identity').length;
  };
  const { name, penalty } = network(0.1);
  const alone = { name, penalty } as Term;
  const more: number[] = [];
  for (const batchSize of [20, 5]) {
    more.push((await launchesOf(network(0.1), batchSize)) - (await launchesOf(alone, batchSize)));
  }
  expect(more[0]).toBeGreaterThan(0);
  expect(more[1]).toBe(more[0]);
});
