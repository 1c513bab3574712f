import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { composite } from '@toploss/composite';
import { type Stateful, type Term, trainStep } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { dmta, halfLifeMu, linearAlpha } from '@toploss/dmta';
import { attach, batchLoss } from '@toploss/layers';
import { type Floor, lossesAndProxies, nger } from '@toploss/nger';
import { sasp, saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { describe, expect, test } from 'vitest';
import { type Batch, batches, initial, shapes } from '../src/soak/model.js';

/** How many steps are taken; training is stopped after each of them. */
const N = 12;

/** How many steps it goes on: more than any term remembers (a window of 4) or waits (`every: 4`). */
const ON = 6;
const given = batches();
const batchOf = (step: number) => given[step % given.length] as Batch;

/** Training that is built anew, from the start or from what was saved, and goes on with step `firstStep`. */
interface Run {
  step(k: number): undefined | Promise<unknown>;
  /** Everything that it takes to go on, through JSON. */
  save(): Promise<string>;
  dispose(): void;
}
type Start = (firstStep: number, saved?: string) => Promise<Run>;

interface Making {
  lossOf: () => tf.Scalar;
}

/** λ by the step. */
const half = (step: number) => 0.1 * 0.8 ** step;

const byWeights = () => saspNetwork({ lambda: half, every: 4, seed: 6, via: 'weights' });

/** The terms that remember something, or depend on the step; made anew for each run. */
const settings: Record<string, (of: Making) => Term[]> = {
  'no term': () => [],
  ...Object.fromEntries(
    (['ema-min', 'window-min', 'taylor', [0.1, 0.2]] as Floor[]).map((floor) => [
      `nger, ${floor}`,
      () => [nger({ tasks: 2, floor, window: 4 })],
    ]),
  ),
  'dmta, linear': () => [
    dmta({
      alpha: linearAlpha({ alpha: 3, steps: 8 }),
      mu: halfLifeMu({ from: 0.5, to: 0.95, steps: 8 }),
    }),
  ],
  'dmta, linear, from the first gradient': () => [dmta({ lambda: half, mu: 0.8, start: 'first' })],
  'dmta, cosine': ({ lossOf }) => [dmta({ mode: 'cosine', lambda: half, mu: 0.9, loss: lossOf })],
  'λ, seeds and `every`, by the step': () => [
    composite([
      sasp({ lambda: half, includeBias: false }),
      saspNetwork({ lambda: half, every: 3, seed: 4, includeBias: false }),
      sbmp({ lambda: half, seed: 5 }),
      cvp({ lambda: half, decoupled: true }),
    ]),
  ],
  'weight noise at every fourth step': () => [byWeights()],
  'all of them': ({ lossOf }) => [
    nger({ tasks: 2, window: 4 }),
    dmta({ alpha: 2, mu: 0.9 }),
    { ...dmta({ mode: 'cosine', lambda: half, mu: 0.9, loss: lossOf }), name: 'cosine' },
    composite([
      sasp({ lambda: half, includeBias: false }),
      saspNetwork({ lambda: half, every: 3, seed: 4, includeBias: false }),
      sbmp({ lambda: half, seed: 5 }),
      cvp({ lambda: half }),
      { ...byWeights(), name: 'by weights' },
    ]),
  ],
};

const optimizers: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.05, 0.9),
  adam: () => tf.train.adam(0.05),
};

// What is saved beside the states of the terms.

interface SavedOptimizer {
  weights: { name: string; shape: number[]; dtype: tf.NumericDataType; values: number[] }[];
  accumulated: number[];
}

/** The powers of Adam's β, running products that it does not save: made anew they differ in the last digit. */
const accumulated = (optimizer: tf.Optimizer) =>
  ['accBeta1', 'accBeta2'].flatMap((key) => {
    const variable = (optimizer as unknown as Record<string, tf.Variable | undefined>)[key];
    return variable ? [variable] : [];
  });

const saveOptimizer = async (optimizer: tf.Optimizer): Promise<SavedOptimizer> => ({
  weights: (await optimizer.getWeights()).map(({ name, tensor }) => ({
    ...{ name, shape: tensor.shape, dtype: tensor.dtype as tf.NumericDataType },
    values: [...tensor.dataSync()],
  })),
  accumulated: accumulated(optimizer).map((variable) => variable.dataSync()[0] as number),
});

async function restoreOptimizer(optimizer: tf.Optimizer, saved: SavedOptimizer): Promise<void> {
  await optimizer.setWeights(
    saved.weights.map(({ name, values, shape, dtype }) => ({
      name,
      tensor: tf.tensor(values, shape, dtype),
    })),
  );
  for (const [k, variable] of accumulated(optimizer).entries()) {
    variable.assign(tf.scalar(saved.accumulated[k] as number));
  }
}

const stateful = (terms: readonly Term[]) =>
  terms.filter((term): term is Term & Stateful => 'getState' in term);

// With `trainStep`

const withTrainStep =
  (setting: string, optimizerName: string): Start =>
  async (firstStep, saved) => {
    const values = saved === undefined ? undefined : JSON.parse(saved);
    const params = initial().map((w, k) =>
      tf.variable(
        values ? tf.tensor(values.params[k], w.shape) : w,
        true,
        // A name of its own in the process, the same in each run as in a process of its own.
        Object.keys(shapes)[k],
      ),
    );
    const byName = Object.fromEntries(params.map((w) => [w.name, w]));
    const [trunk, head, second] = params as unknown as tf.Tensor2D[] as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
    ];
    let batch = batchOf(firstStep);
    const featuresOf = (x: tf.Tensor): tf.Tensor2D => tf.tanh(tf.matMul(x as tf.Tensor2D, trunk));
    const modelFn = (x: tf.Tensor): tf.Tensor2D => tf.matMul(featuresOf(x), head);
    const heads = (h: tf.Tensor2D): tf.Scalar[] => [
      tf.losses.softmaxCrossEntropy(batch.labels, tf.matMul(h, head)),
      tf.losses.meanSquaredError(batch.values, tf.matMul(h, second)),
    ];
    const lossOf = () => tf.addN(heads(featuresOf(batch.x))) as tf.Scalar;

    const terms = (settings[setting] as (of: Making) => Term[])({ lossOf });
    const optimizer = (optimizers[optimizerName] as () => tf.Optimizer)();
    if (values) {
      for (const [k, term] of stateful(terms).entries()) {
        term.setState(values.states[k]);
      }
      await restoreOptimizer(optimizer, values.optimizer);
    }
    const weighting = terms.find(({ name }) => name === 'nger') as
      | ReturnType<typeof nger>
      | undefined;
    const step = trainStep({ optimizer, params, terms: terms as [], firstStep });
    return {
      step: (k) => {
        batch = batchOf(k);
        const losses = step(() => {
          const features = featuresOf(batch.x);
          const logits = tf.matMul(features, head);
          const inputs = lossesAndProxies(heads, features);
          const loss = weighting?.loss(inputs) ?? (tf.addN(inputs.taskLosses) as tf.Scalar);
          return {
            ...{ loss, ...inputs, logits, features, targets: batch.labels },
            ...{ modelFn, embeddings: batch.x, params: byName },
            layers: [
              { input: batch.x, kernel: trunk, activation: 'tanh' },
              { input: features, kernel: head },
            ],
          };
        });
        tf.dispose(losses);
      },
      save: async () =>
        JSON.stringify({
          params: params.map((w) => w.arraySync()),
          states: stateful(terms).map((term) => term.getState()),
          optimizer: await saveOptimizer(optimizer),
        }),
      dispose: () => {
        for (const owner of [...stateful(terms), optimizer, ...params]) {
          owner.dispose();
        }
      },
    };
  };

// With `attach` of @toploss/layers

function twoOutputs(): tfl.LayersModel {
  const input = tfl.input({ shape: [3] });
  const dense = (x: tfl.SymbolicTensor, units: number, activation: 'tanh' | 'softmax' | 'linear') =>
    tfl.layers.dense({ units, activation, useBias: false }).apply(x) as tfl.SymbolicTensor;
  const trunk = dense(input, 4, 'tanh');
  return tfl.model({
    inputs: input,
    outputs: [dense(trunk, 2, 'softmax'), dense(trunk, 1, 'linear')],
  });
}

/** The averages of `dmta` are saved by the names of the variables, which a model counts up in one process. */
const renamed = (state: unknown, names: readonly string[]) =>
  'average' in (state as object)
    ? {
        ...(state as object),
        average: Object.fromEntries(
          Object.values((state as { average: object }).average).map((x, k) => [names[k], x]),
        ),
      }
    : state;

const withLayers =
  (setting: string, optimizerName: string): Start =>
  async (firstStep, saved) => {
    const values = saved === undefined ? undefined : JSON.parse(saved);
    const model = twoOutputs();
    model.setWeights(initial().map((w, k) => (values ? tf.tensor(values.params[k], w.shape) : w)));
    const optimizer = (optimizers[optimizerName] as () => tf.Optimizer)();
    model.compile({ optimizer, loss: ['categoricalCrossentropy', 'meanSquaredError'] });
    const loss = batchLoss(model);
    const terms = (settings[setting] as (of: Making) => Term[])({ lossOf: loss });
    if (values) {
      for (const [k, term] of stateful(terms).entries()) {
        term.setState(values.states[k]); // under the names of `shapes`, which are found by position
      }
      await restoreOptimizer(optimizer, values.optimizer);
    }
    const output = model.outputNames[0] as string;
    const attachment = attach(model, terms as [], { output, firstStep });
    return {
      step: (k) => {
        const { x, labels, values } = batchOf(k);
        return model.trainOnBatch(x, [labels, values]);
      },
      save: async () =>
        JSON.stringify({
          params: model.getWeights().map((w) => w.arraySync()),
          states: stateful(terms).map((term) => renamed(term.getState(), Object.keys(shapes))),
          optimizer: await saveOptimizer(optimizer),
        }).replaceAll(/"name":"[^"]*"/g, '"name":"w"'), // of the averages, which go by position
      dispose: () => {
        attachment.detach();
        for (const owner of [...stateful(terms), optimizer, model]) {
          owner.dispose();
        }
      },
    };
  };

// The law

/** What is saved after each of N steps. */
async function whole(start: Start): Promise<string[]> {
  const run = await start(0);
  const saved = [await run.save()];
  for (let k = 0; k < N; k++) {
    await run.step(k);
    saved.push(await run.save());
  }
  run.dispose();
  return saved;
}

/** Goes on after `stop` steps, up to step `end`, and expects the same after each. */
async function expectResumed(
  start: Start,
  saved: string[],
  stop: number,
  end = Math.min(stop + ON, N),
) {
  const run = await start(stop, saved[stop]);
  expect(await run.save(), `after ${stop} steps, restored`).toBe(saved[stop]);
  for (let k = stop; k < end; k++) {
    await run.step(k);
    expect(await run.save(), `stopped after ${stop} steps, after ${k + 1}`).toBe(saved[k + 1]);
  }
  const last = await run.save();
  run.dispose();
  return last;
}

/** Each setting under the optimizer that remembers most; under the others the least and the most. */
const pairs = [
  ...Object.keys(settings).map((setting) => [setting, 'adam'] as const),
  ...['sgd', 'momentum'].flatMap((optimizer) =>
    ['no term', 'all of them'].map((setting) => [setting, optimizer] as const),
  ),
];

describe.each(Object.entries({ trainStep: withTrainStep, 'model.fit': withLayers }))(
  'stopped after any step, saved, built anew and continued with %s: the same bits',
  (_, make) => {
    test.each(pairs)('%s, %s', async (setting, optimizer) => {
      const start = make(setting, optimizer);
      const saved = await whole(start);
      expect(new Set(saved.map((each) => JSON.stringify(JSON.parse(each).params))).size).toBe(
        N + 1,
      );
      for (let stop = 0; stop <= N; stop++) {
        await expectResumed(start, saved, stop);
      }
      // Twice: what was resumed after 3 steps is stopped again after 7.
      const again = await expectResumed(start, saved, 3, 7);
      await expectResumed(
        start,
        saved.map((each, k) => (k === 7 ? again : each)),
        7,
        N,
      );
    });
  },
);

test('a step of one hand: stopped between the correction and the observation too', () => {
  const g = (k: number) => ({ w: tf.randomNormal([3], 0, 1, 'float32', k + 1) }); // tfjs takes 0 for no seed
  const w = { w: tf.zeros([3]) };
  const answers = (stop: number) => {
    let slow = dmta({ alpha: 2, mu: 0.7 });
    const seen: number[] = [];
    for (let k = 0; k < N; k++) {
      tf.tidy(() => {
        seen.push(...(slow.correct(g(k), w).w as tf.Tensor).dataSync());
        if (k === stop) {
          const saved = JSON.stringify(slow.getState());
          slow.dispose();
          slow = dmta({ alpha: 2, mu: 0.7 });
          slow.setState(JSON.parse(saved));
        }
        slow.observe(g(k));
      });
    }
    slow.dispose();
    return seen;
  };
  const expected = answers(-1);
  for (let stop = 0; stop < N; stop++) {
    expect(answers(stop)).toEqual(expected);
  }
});
