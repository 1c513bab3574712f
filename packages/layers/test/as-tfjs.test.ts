import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { attach } from '@toploss/layers';
import { describe, expect, test } from 'vitest';
import { drawing, normal, twins, valuesOf } from './models.js';

const { layers } = tfl;
const x = normal([10, 3], 11);
const y = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1, 2, 0], 'int32'), 3), 'float32');
const one = { name: 'one', penalty: () => tf.scalar(1) };

/** All the ways to draw: masks, noise, and a mask of nothing. */
const noisy = () =>
  tfl.sequential({
    layers: [
      layers.dense({ units: 4, inputShape: [3], activation: 'tanh' }),
      layers.dropout({ rate: 0.5 }),
      layers.dropout({ rate: 0 }),
      layers.gaussianNoise({ stddev: 0.1 }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });

function pair(): [tfl.LayersModel, tfl.LayersModel] {
  const models = twins(noisy);
  for (const model of models) {
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  }
  attach(models[1], [one]);
  return models;
}

type Event = [name: string, ...unknown[]];

const hooks = [
  'onTrainBegin',
  'onTrainEnd',
  'onEpochBegin',
  'onEpochEnd',
  'onBatchBegin',
  'onBatchEnd',
] as const;

/** A config that notes what it is told, without what the term adds. */
function config(events: Event[], name: string, also: object = {}): tfl.CustomCallbackArgs {
  const noting =
    (hook: string) =>
    (...told: unknown[]) => {
      events.push([`${name}.${hook}`, ...told.map(plainly)]);
    };
  return { ...Object.fromEntries(hooks.map((hook) => [hook, noting(hook)])), ...also };
}

const plainly = (told: unknown): unknown => {
  if (typeof told !== 'object' || told === null) {
    return told;
  }
  const { one: _, ...logs } = told as Record<string, number>;
  return Object.fromEntries(
    Object.entries(logs).map(([name, value]: [string, number | tf.Tensor]) => [
      name,
      typeof value === 'number' ? value : value.dataSync()[0],
    ]),
  );
};

class Noting extends tfl.Callback {
  readonly #events: Event[];
  constructor(events: Event[], name: string) {
    super();
    this.#events = events;
    Object.assign(this, config(events, name));
    for (const hook of ['setParams', 'setModel'] as const) {
      const { [hook]: own } = this;
      this[hook] = (told: never) => {
        this.#events.push([`${name}.${hook}`]);
        own.call(this, told);
      };
    }
  }
}

const nextFrame = (events: Event[]) => ({
  nextFrameFunc: async () => void events.push(['frame']),
});
/** A clock on which each look is 50 ms later: one batch in three is 125 ms after the last frame. */
const clock = () => {
  let now = 0;
  return {
    nowFunc: () => {
      now += 50;
      return now;
    },
  };
};

const given: [string, (events: Event[]) => Partial<tfl.ModelFitArgs>][] = [
  ['nothing', () => ({})],
  ['an empty list', () => ({ callbacks: [] })],
  ['a config', (events) => ({ callbacks: config(events, 'a') })],
  [
    'a config of nothing but a wait',
    (events) => ({ callbacks: { ...nextFrame(events), ...clock() } }),
  ],
  [
    'two configs',
    (events) => ({
      callbacks: [
        config(events, 'a', clock()),
        config(events, 'b', { ...nextFrame(events), ...clock() }),
      ],
    }),
  ],
  ...(['auto', 'batch', 'epoch', 'never', 40] as const).map(
    (yieldEvery): [string, (events: Event[]) => Partial<tfl.ModelFitArgs>] => [
      `a wait every ${yieldEvery}`,
      (events) => ({
        yieldEvery,
        callbacks: config(events, 'a', {
          ...nextFrame(events),
          ...clock(),
          ...(yieldEvery !== 'never' && { onYield: () => void events.push(['yield']) }),
        }),
      }),
    ],
  ),
  ['an instance', (events) => ({ callbacks: new Noting(events, 'a') as never })],
  [
    'instances, one of which stops',
    (events) => ({
      callbacks: [
        new Noting(events, 'a'),
        tfl.callbacks.earlyStopping({ monitor: 'loss', minDelta: 9, patience: 1 }),
        new Noting(events, 'b'),
      ],
    }),
  ],
  ['a metric to stop by', () => ({ callbacks: tfl.callbacks.earlyStopping({ monitor: 'acc' }) })],
  ['validation', (events) => ({ validationSplit: 0.3, callbacks: config(events, 'a') })],
  [
    'class weights',
    (events) => ({ classWeight: { 0: 2, 1: 1, 2: 1 }, callbacks: config(events, 'a') }),
  ],
  ['a first epoch', (events) => ({ initialEpoch: 2, callbacks: config(events, 'a') })],
];

/** Fits both, each with callbacks of its own make, from the same random numbers. */
async function expectAlike(
  fit: (model: tfl.LayersModel, events: Event[]) => Promise<tfl.History>,
): Promise<void> {
  const runs = [];
  for (const model of pair()) {
    const events: Event[] = [];
    const { numTensors } = tf.memory();
    const { result, draws } = await drawing(() => fit(model, events));
    const { one, ...history } = result.history;
    const left = tf.memory().numTensors - numTensors;
    runs.push({ events, draws, history, epoch: result.epoch, weights: valuesOf(model), left, one });
    expect(Object.keys(result).sort()).toEqual(
      Object.keys(new tfl.History()).concat('epoch', 'history', 'params').sort(),
    );
  }
  const [plain, attached] = runs as [(typeof runs)[0], (typeof runs)[0]];
  // The averages of Adam, and the three losses of the last step.
  expect({ ...attached, one: undefined, left: attached.left - 3 }).toEqual(plain);
  expect(attached.one).toEqual(plain.history.loss?.map(() => 1));
  expect(plain.draws).toBeGreaterThan(0);
}

describe('callbacks, waits, random numbers and history are those of tfjs, with', () => {
  test.each(given)('%s', async (_what, args) => {
    await expectAlike((model, events) =>
      model.fit(x, y, { epochs: 3, batchSize: 4, verbose: 0, ...args(events) }),
    );
  });
});

describe('so are those of fitDataset, with', () => {
  const dataset = () => ({
    size: 3,
    iterator: async () => {
      let start = -4;
      return {
        next: async () => {
          start += 4;
          const size = Math.min(4, 10 - start);
          return start < 10
            ? {
                value: { xs: tf.slice(x, start, size), ys: tf.slice(y, start, size) },
                done: false,
              }
            : { value: null, done: true };
        },
      };
    },
  });
  const ofDatasets = given.filter(([, args]) => !('validationSplit' in args([])));
  test.each(ofDatasets)('%s', async (_what, args) => {
    await expectAlike((model, events) =>
      model.fitDataset(
        dataset() as never,
        { epochs: 3, verbose: 0, validationData: [x, y], ...args(events) } as never,
      ),
    );
  });
});

test('an onYield that is never called is refused as in tfjs', async () => {
  const callbacks = { onYield: () => {} };
  for (const model of pair()) {
    await expect(model.fit(x, y, { verbose: 0, yieldEvery: 'never', callbacks })).rejects.toThrow(
      'yieldEvery is `never`',
    );
    expect((await model.fit(x, y, { verbose: 0 })).history.loss).toHaveLength(1);
  }
});
