import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { attach } from '@toploss/layers';
import { describe, expect, test } from 'vitest';
import { sequential, twins, valuesOf } from '../models.js';
import { compile, fit, kinds, one, ones, outcome, pair, x, y } from './pair.js';

describe.each(kinds)('%s', (_kind, make) => {
  test('compile in a callback: fit ends as in tfjs, and the terms stay', async () => {
    const [plain, attached] = pair(make);
    const histories = [];
    for (const model of [plain, attached]) {
      const optimizer = tf.train.momentum(0.1, 0.9);
      const { history } = await fit(model, {
        onEpochEnd: (epoch) => {
          if (epoch === 0) {
            compile(model, { optimizer, loss: 'meanSquaredError' });
          }
        },
      });
      histories.push(history, (await fit(model)).history);
    }
    expect(valuesOf(attached)).toEqual(valuesOf(plain));
    expect(histories[2]).toEqual({ ...histories[0], one: ones });
    expect(histories[3]).toEqual({ ...histories[1], one: ones });
  });

  test.each<[string, Partial<tfl.ModelCompileArgs>, string]>([
    ['optimizer', { optimizer: 'none' }, 'Unknown Optimizer none'],
    ['optimizer of another make', { optimizer: {} as tf.Optimizer }, 'instance of tf.Optimizer'],
    ['loss', { optimizer: 'sgd', loss: 'none' }, 'Unknown loss none'],
    ['metric', { loss: 'meanSquaredError', metrics: ['none'] }, 'Unknown metric none'],
  ])(
    'compile with a bad %s throws as in tfjs, and what is left trains as in tfjs',
    async (_what, bad, message) => {
      const [plain, attached] = pair(make);
      const outcomes = [];
      for (const model of [plain, attached]) {
        expect(() => compile(model, bad)).toThrow(message);
        outcomes.push([await outcome(fit(model)), await outcome(model.trainOnBatch(x, y))]);
        compile(model);
        await fit(model);
      }
      expect(outcomes[1]).toEqual(outcomes[0]);
      expect(valuesOf(attached)).toEqual(valuesOf(plain));
      expect((await fit(attached)).history.one).toEqual(ones);
    },
  );

  test('compile with a bad loss in a callback that catches it: fit goes on as in tfjs, with the terms', async () => {
    const [plain, attached] = pair(make);
    const histories = [];
    for (const model of [plain, attached]) {
      const { history } = await fit(model, {
        onEpochEnd: () => expect(() => compile(model, { loss: 'none' })).toThrow('Unknown loss'),
      });
      histories.push(history);
    }
    expect(histories[1]).toEqual({ ...histories[0], one: ones });
    expect(valuesOf(attached)).toEqual(valuesOf(plain));
  });

  test('compile in a callback with what the terms do not fit: an error, and from there on as in tfjs', async () => {
    const [plain, attached] = twins(make);
    compile(plain);
    attach(compile(attached), [{ ...one, name: 'mse' }]);
    const change = (model: tfl.LayersModel) => compile(model, { metrics: ['mse'] });
    await fit(plain, { onTrainBegin: () => void change(plain) });
    await fit(attached, {
      onTrainBegin: () => expect(() => change(attached)).toThrow(/^layers: expected `terms` to/),
    });
    expect(valuesOf(attached)).toEqual(valuesOf(plain));
    const [a, b] = [await fit(attached), await fit(plain)];
    expect(a.history).toEqual(b.history);
    attach(attached, [one]).detach();
  });

  test('a compile that goes around the one that was attached: the terms are tried at the next step', async () => {
    const model = compile(make());
    attach(model, [{ ...one, name: 'mse' }]);
    const { compile: plain } = Object.getPrototypeOf(model) as tfl.LayersModel;
    plain.call(model, { optimizer: 'sgd', loss: 'meanSquaredError' });
    expect((await fit(model)).history.mse).toEqual(ones);
    plain.call(model, { optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['mse'] });
    await expect(fit(model)).rejects.toThrow(/^layers: expected `terms` to have names/);
  });
});

test('a Sequential that has compiled in a callback may be attached to, as tfjs would train it', async () => {
  const model = compile(sequential('softmax'));
  const first = attach(model, [one]);
  const { history } = await fit(model, {
    onEpochEnd: async (epoch) => {
      if (epoch === 0) {
        first.detach();
        compile(model);
        attach(model, [{ ...one, name: 'two' }]);
        expect((await fit(model)).history.two).toEqual(ones);
      }
    },
  });
  expect(history).toHaveProperty('loss');
  expect(history).not.toHaveProperty('two');
});

test('a Sequential that grows asks for a compile, as in tfjs, and has the terms after it', async () => {
  const model = compile(sequential('linear'), { loss: 'meanSquaredError' });
  attach(model, [one]);
  model.add(tfl.layers.activation({ activation: 'softmax' }));
  await expect(fit(compile(model))).resolves.toHaveProperty('history.one', ones);
});
