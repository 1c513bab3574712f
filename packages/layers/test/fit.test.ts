import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Term } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { attach } from '@toploss/layers';
import { sasp, saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { expectClose } from '@toploss/testing';
import { expect, test } from 'vitest';
import { normal, sequential, twins, valuesOf } from './models.js';

const x = normal([10, 3], 11);
const y = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1, 2, 0], 'int32'), 3), 'float32');
const valX = normal([7, 3], 13);
const valY = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2, 0], 'int32'), 3), 'float32');

const compiled = () => {
  const models = twins(() => sequential('softmax'));
  for (const model of models) {
    model.compile({
      optimizer: 'adam',
      loss: 'categoricalCrossentropy',
      metrics: ['accuracy', 'mse'],
    });
  }
  return models;
};

/** 10 examples in batches of 4, 4 and 2. */
const settings: tfl.ModelFitArgs = {
  epochs: 3,
  batchSize: 4,
  shuffle: false,
  verbose: 0,
  validationData: [valX, valY],
  classWeight: { 0: 1, 1: 2, 2: 0.5 },
};
const fit = (model: tfl.LayersModel, args: tfl.ModelFitArgs = settings) => model.fit(x, y, args);

test.each<[string, Term[]]>([
  ['no terms', []],
  ['terms of weight 0', [sasp({ lambda: 0 }), saspNetwork({ lambda: 0 }), cvp({ lambda: 0 })]],
  ['a noisy pass of weight 0', [sbmp({ lambda: 0 })]],
])('with %s attached a model trains as with none, bit for bit', async (_name, terms) => {
  const [plain, attached] = compiled();
  attach(attached, terms);
  const expected = await fit(plain);
  const { history } = await fit(attached);
  expect(valuesOf(attached)).toEqual(valuesOf(plain));
  for (const [name, values] of Object.entries(expected.history)) {
    expect(history[name], name).toEqual(values);
  }
});

test('detached, a model trains as one that never had terms, bit for bit, and has nothing of its own', async () => {
  const [plain, attached] = compiled();
  const before = [
    Object.keys(attached),
    Object.keys((attached as unknown as { model: object }).model),
  ];
  const { detach } = attach(attached, [sasp(), cvp()]);
  detach();
  detach();
  expect([
    Object.keys(attached),
    Object.keys((attached as unknown as { model: object }).model),
  ]).toEqual(before);
  const expected = await fit(plain);
  const actual = await fit(attached);
  expect(valuesOf(attached)).toEqual(valuesOf(plain));
  expect(actual.history).toEqual(expected.history);
});

test('detached between two calls of fit, it goes on as the optimizer is', async () => {
  const [plain, attached] = compiled();
  const attachment = attach(attached, []);
  await fit(attached);
  attachment.detach();
  await fit(attached);
  await fit(plain);
  await fit(plain);
  expect(valuesOf(attached)).toEqual(valuesOf(plain));
});

test('the history has the mean of λΦ over the examples of each epoch', async () => {
  const [, model] = compiled();
  const { losses } = attach(model, [sasp({ lambda: 0.5 }), cvp({ lambda: 0.1, decoupled: true })]);
  const seen: tfl.Logs[] = [];
  const { history } = await fit(model, {
    ...settings,
    callbacks: {
      onBatchEnd: (_batch, logs) => {
        seen.push({ ...logs });
        const { base, sasp } = losses() as Record<'base' | 'sasp', tf.Scalar>;
        expect([base, sasp].map((x) => x.dataSync()[0])).toEqual([logs?.loss, logs?.sasp]);
      },
    },
  });
  expect(seen).toHaveLength(9);
  for (const name of ['loss', 'acc', 'sasp', 'cvp']) {
    const means = [0, 1, 2].map((epoch) => {
      const batches = seen.slice(3 * epoch, 3 * epoch + 3);
      return (
        batches.reduce((sum, logs) => sum + (logs.size as number) * (logs[name] as number), 0) / 10
      );
    });
    expect(means.every((mean) => mean > 0)).toBe(true);
    expectClose(history[name] as number[], means, 1e-6);
  }
  expect(Object.keys(history).sort()).toEqual(
    ['val_loss', 'val_acc', 'val_mse', 'loss', 'acc', 'mse', 'sasp', 'cvp'].sort(),
  );
});

test('callbacks of every kind see the terms', async () => {
  const [, model] = compiled();
  attach(model, [sasp()]);
  const seen: string[] = [];
  const note = (kind: string) => (_: number, logs?: object) => {
    if (logs !== undefined && 'sasp' in logs) {
      seen.push(kind);
    }
  };
  class Own extends tfl.Callback {
    override async onBatchEnd(batch: number, logs?: object) {
      note('an instance, at a batch')(batch, logs);
    }
    override async onEpochEnd(epoch: number, logs?: object) {
      note('an instance, at an epoch')(epoch, logs);
    }
  }
  const kinds: NonNullable<tfl.ModelFitArgs['callbacks']>[] = [
    { onBatchEnd: note('an object, at a batch'), onEpochEnd: note('an object, at an epoch') },
    [{ onEpochEnd: note('the first of two') }, { onEpochEnd: note('the second of two') }],
    new Own(),
    [new Own(), tfl.callbacks.earlyStopping({ monitor: 'sasp', patience: 5 })],
  ];
  for (const callbacks of kinds) {
    await fit(model, { ...settings, epochs: 1, batchSize: 10, callbacks });
  }
  expect(seen).toEqual([
    'an object, at a batch',
    'an object, at an epoch',
    'the first of two',
    'the second of two',
    'an instance, at a batch',
    'an instance, at an epoch',
    'an instance, at a batch',
    'an instance, at an epoch',
  ]);
});

test('an empty list of callbacks is one', async () => {
  const [, model] = compiled();
  attach(model, [sasp()]);
  const { history } = await fit(model, { ...settings, callbacks: [] });
  expect(history.sasp).toHaveLength(3);
});

test('a step that a callback takes is none of the epoch: the history has nothing of it, and nothing is left', async () => {
  const [, model] = compiled();
  model.compile({ optimizer: tf.train.sgd(0), loss: 'categoricalCrossentropy' });
  attach(model, [sasp({ lambda: 1 })]);
  const plain = await fit(model);
  const [one, label] = [tf.slice(x, 0, 1), tf.slice(y, 0, 1)];
  const { numTensors } = tf.memory();
  const step = async () => {
    await model.trainOnBatch(one, label);
  };
  const callbacks = { onTrainBegin: step, onBatchEnd: step, onEpochEnd: step, onTrainEnd: step };
  const { history } = await fit(model, { ...settings, callbacks });
  expect(history.sasp).toEqual(plain.history.sasp);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('a call of fit that fails takes no part in later steps', async () => {
  const [, model] = compiled();
  let isBad = false;
  const moody = {
    name: 'moody',
    penalty: () => {
      if (isBad) {
        throw new Error('not today');
      }
      return tf.scalar(1);
    },
  };
  attach(model, [moody]);
  await model.trainOnBatch(x, y); // Adam makes its averages.
  isBad = true;
  await expect(fit(model)).rejects.toThrow('not today');
  isBad = false;
  const { numTensors } = tf.memory();
  await model.trainOnBatch(x, y);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('early stopping by the value of a term stops', async () => {
  const [, model] = compiled();
  attach(model, [sasp({ lambda: (step) => step })]);
  const { epoch } = await fit(model, {
    ...settings,
    epochs: 9,
    callbacks: tfl.callbacks.earlyStopping({ monitor: 'sasp', patience: 1 }),
  });
  expect(epoch.length).toBeLessThan(9);
});

test('fitDataset trains as fit does, with the same history', async () => {
  const [first, second] = compiled();
  const terms = () => [sasp({ lambda: 0.5 }), cvp({ lambda: 0.1 })];
  attach(first, terms());
  attach(second, terms());
  const batches: [start: number, size: number][] = [
    [0, 4],
    [4, 4],
    [8, 2],
  ];
  const dataset = {
    size: 3,
    iterator: async () => {
      let k = 0;
      return {
        next: async () => {
          const batch = batches[k];
          k += 1;
          return batch === undefined
            ? { value: null, done: true }
            : {
                value: { xs: tf.slice(x, ...batch), ys: tf.slice(y, ...batch) },
                done: false,
              };
        },
      };
    },
  };
  const expected = await fit(first);
  const { verbose, epochs, classWeight, validationData } = settings;
  const { history } = await second.fitDataset(
    dataset as never,
    {
      ...({ verbose, epochs, classWeight, validationData } as object),
      epochs: 3,
      validationBatchSize: 4,
    } as never,
  );
  expect(valuesOf(second)).toEqual(valuesOf(first));
  expect(Object.keys(history).sort()).toEqual(Object.keys(expected.history).sort());
  for (const name of Object.keys(expected.history)) {
    expectClose(history[name] as number[], expected.history[name] as number[], 1e-6);
  }
});

test('evaluate, predict and trainOnBatch return what they returned', async () => {
  const [plain, attached] = compiled();
  attach(attached, [sasp(), cvp()]);
  const read = (scalars: tf.Scalar[]) => scalars.map((s) => s.dataSync()[0]);
  expect(read(attached.evaluate(x, y) as tf.Scalar[])).toEqual(
    read(plain.evaluate(x, y) as tf.Scalar[]),
  );
  expect((attached.predict(x) as tf.Tensor).dataSync()).toEqual(
    (plain.predict(x) as tf.Tensor).dataSync(),
  );
  expect(attached.metricsNames).toEqual(plain.metricsNames);
  expect(await attached.trainOnBatch(x, y)).toEqual(await plain.trainOnBatch(x, y));
});

test('class weights weigh the loss and leave the terms alone', async () => {
  const [heavy, light] = twins(() => sequential('softmax'));
  const lossesWith = async (model: tfl.LayersModel, weight: number) => {
    model.compile({ optimizer: tf.train.sgd(0), loss: 'categoricalCrossentropy' });
    const { losses } = attach(model, [sasp({ lambda: 0.5 })]);
    const classWeight = { 0: weight, 1: weight, 2: weight };
    await model.fit(x, y, { epochs: 1, batchSize: 10, verbose: 0, classWeight });
    return losses() as Record<'base' | 'sasp', tf.Scalar>;
  };
  const [a, b] = [await lossesWith(heavy, 3), await lossesWith(light, 1)];
  expectClose(a.base, tf.mul(3, b.base), 1e-6);
  expectClose(a.sasp, b.sasp, 1e-6);
});

test('a scalar loss of the user and a regularizer of a layer are in the loss, as before', async () => {
  const make = () =>
    tfl.sequential({
      layers: [
        tfl.layers.dense({
          units: 3,
          inputShape: [3],
          kernelRegularizer: tfl.regularizers.l2({ l2: 0.1 }),
        }),
      ],
    });
  const [plain, attached] = twins(make);
  for (const model of [plain, attached]) {
    model.compile({ optimizer: 'sgd', loss: tf.losses.softmaxCrossEntropy });
  }
  attach(attached, [sasp({ lambda: 0 })]);
  expect(await attached.trainOnBatch(x, y)).toBe(await plain.trainOnBatch(x, y));
  expect(valuesOf(attached)).toEqual(valuesOf(plain));
});

test('steps leave nothing behind', async () => {
  const [, model] = compiled();
  const before = tf.memory().numTensors;
  const attachment = attach(model, [sasp(), saspNetwork(), cvp(), sbmp()]);
  expect(tf.memory().numTensors).toBe(before);
  await fit(model); // Adam makes its averages.
  const { numTensors } = tf.memory();
  for (let k = 0; k < 3; k++) {
    await fit(model);
    await model.trainOnBatch(x, y);
    tf.dispose(attachment.losses());
    expect(tf.memory().numTensors).toBe(numTensors);
  }
  attachment.detach();
  // `total`, `base` and the four terms of the last step.
  expect(tf.memory().numTensors).toBe(numTensors - 6);
});

test('a model that is disposed of takes the last losses with it', async () => {
  const before = tf.memory().numTensors;
  const model = sequential('softmax');
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
  attach(model, [sasp()]);
  await fit(model);
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('resumed training goes on with the number of its step', async () => {
  const [, model] = compiled();
  const steps: number[] = [];
  const lambda = (step: number) => {
    steps.push(step);
    return 0;
  };
  attach(model, [sasp({ lambda })], { firstStep: 7 });
  steps.length = 0; // that of the trial
  await model.trainOnBatch(x, y);
  await model.trainOnBatch(x, y);
  expect(steps).toEqual([7, 8]);
  expect(() => attach(model, [], { firstStep: -1 })).toThrow(/`firstStep` to be an integer ≥ 0/);
});
