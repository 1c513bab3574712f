import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { attach, batchLoss } from '@toploss/layers';
import { expectThrows } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { trainedBy } from '../src/model.js';
import { functional, normal, sequential, twins, valuesOf } from './models.js';

const x = normal([6, 3], 11);
const y = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32'), 3), 'float32');

/** 6 examples in batches of 2. */
const args = { epochs: 3, batchSize: 2, shuffle: false, verbose: 0 as const };
const one = { name: 'one', penalty: () => tf.scalar(1) };
const ones = [1, 1, 1];

function compile<M extends tfl.LayersModel>(
  model: M,
  given: Partial<tfl.ModelCompileArgs> = {},
): M {
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', ...given });
  return model;
}

const kinds: [string, () => tfl.LayersModel][] = [
  ['a Sequential', () => sequential('softmax')],
  ['a functional model', () => functional('softmax')],
];

/** Two compiled models of the same weights, the second with a term that changes nothing. */
function pair(make: () => tfl.LayersModel): [tfl.LayersModel, tfl.LayersModel] {
  const [plain, attached] = twins(make);
  compile(plain);
  attach(compile(attached), [one]);
  return [plain, attached];
}

const fit = (model: tfl.LayersModel, callbacks: tfl.ModelFitArgs['callbacks'] = {}) =>
  model.fit(x, y, { ...args, callbacks });

/** A model that has this one inside. */
function around(model: tfl.LayersModel): tfl.LayersModel {
  const input = tfl.input({ shape: [3] });
  return compile(tfl.model({ inputs: input, outputs: model.apply(input) as tfl.SymbolicTensor }));
}

/** What becomes of a promise, or of its error. */
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: Error) => error.message,
  );

describe.each(kinds)('%s', (_kind, make) => {
  test('a second call of fit, which tfjs refuses, leaves the first one its history', async () => {
    const [plain, attached] = pair(make);
    const histories = [];
    for (const model of [plain, attached]) {
      const first = fit(model);
      await expect(fit(model)).rejects.toThrow('another fit() call is ongoing');
      await expect(
        fit(model, { onBatchBegin: () => expect.fail('it is refused') }),
      ).rejects.toThrow('another fit()');
      histories.push((await first).history);
    }
    expect(histories[1]).toEqual({ ...histories[0], one: ones });
    expect(valuesOf(attached)).toEqual(valuesOf(plain));
  });

  test('detach is of its own attachment, and once', async () => {
    const model = compile(make());
    const { detach } = attach(model, [one]);
    detach();
    const second = attach(model, [{ ...one, name: 'two' }]);
    detach();
    expect((await fit(model)).history.two).toEqual(ones);
    second.detach();
    expect(Object.keys((await fit(model)).history)).toEqual(['loss']);
  });

  test('detached in a callback, a call of fit goes on as tfjs does, and the model can be attached after', async () => {
    const [plain, attached] = twins(make);
    compile(plain);
    const { detach } = attach(compile(attached), [one]);
    await fit(plain);
    const { history } = await fit(attached, {
      onBatchEnd: (batch) => {
        if (batch === 1) {
          detach();
        }
      },
    });
    expect(valuesOf(attached)).toEqual(valuesOf(plain));
    expect(history.one?.[0]).toBeCloseTo(2 / 3); // two batches of the three of the first epoch
    expect(history.one).toHaveLength(1);
    attach(attached, [one]);
    expect((await fit(attached)).history.one).toEqual(ones);
  });

  test('detached by a term in the middle of a step, it leaves nothing behind', async () => {
    const model = compile(make());
    await model.trainOnBatch(x, y); // Adam makes its averages.
    const { numTensors } = tf.memory();
    let steps = 0;
    const attachment = attach(model, [
      {
        name: 'quitter',
        penalty: () => {
          steps += 1;
          if (steps === 2) {
            attachment.detach();
          }
          return tf.scalar(1);
        },
      },
    ]);
    await model.trainOnBatch(x, y);
    expect(steps).toBe(2); // with that of the trial
    expect(attachment.losses()).toEqual({});
    expect(tf.memory().numTensors).toBe(numTensors);
  });

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

  test.each(['before', 'after'])(
    'a fit, fitDataset, trainOnBatch and compile of the user’s own, given %s attach, are used and are there after',
    async (when) => {
      const model = compile(make());
      const calls: string[] = [];
      const names = ['compile', 'fit', 'fitDataset', 'trainOnBatch'] as const;
      const wrap = () => {
        for (const name of names) {
          const theirs = model[name] as (...args: unknown[]) => unknown;
          model[name] = ((...given: unknown[]) => {
            calls.push(name);
            return theirs.apply(model, given);
          }) as never;
        }
        return names.map((name) => model[name]);
      };
      let own = when === 'before' ? wrap() : [];
      const { detach } = attach(model, [one]);
      own = when === 'after' ? wrap() : own;
      const run = async () => {
        compile(model);
        const { history } = await fit(model);
        await model.trainOnBatch(x, y);
        await model.fitDataset(dataset() as never, { epochs: 1, verbose: 0 } as never);
        return history;
      };
      expect((await run()).one).toEqual(ones);
      expect(calls).toEqual(['compile', 'fit', 'trainOnBatch', 'fitDataset']);
      detach();
      expect(names.map((name) => model[name])).toEqual(own);
      expect(await run()).not.toHaveProperty('one');
      expect(calls).toHaveLength(8);
      // Attached again, above what is theirs.
      const again = attach(model, [one]);
      expect((await run()).one).toEqual(ones);
      again.detach();
      expect(names.map((name) => model[name])).toEqual(own);
    },
  );

  test('a compile that goes around the one that was attached: the terms are tried at the next step', async () => {
    const model = compile(make());
    attach(model, [{ ...one, name: 'mse' }]);
    const { compile: plain } = Object.getPrototypeOf(model) as tfl.LayersModel;
    plain.call(model, { optimizer: 'sgd', loss: 'meanSquaredError' });
    expect((await fit(model)).history.mse).toEqual(ones);
    plain.call(model, { optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['mse'] });
    await expect(fit(model)).rejects.toThrow(/^layers: expected `terms` to have names/);
  });

  test('a makeTrainFunction of the user’s own is refused', () => {
    const model = compile(make());
    const trained = trainedBy(model);
    const own = () => () => [];
    Object.assign(trained, { makeTrainFunction: own });
    expectThrows(
      () => attach(model, []),
      /^layers: expected `model` to have the `makeTrainFunction` of its class.*Received: "a model with one of its own"/,
    );
    expect(trained).toHaveProperty('makeTrainFunction', own);
  });

  test('arrays of the caller may change after the call', async () => {
    const model = compile(make());
    const terms = [one];
    const inputs = [x];
    const batch: [tf.Tensor[], tf.Tensor] = [inputs, y];
    attach(model, terms, { batch });
    terms.push({ ...one, name: 'two' });
    inputs[0] = tf.zeros([1]);
    batch[1] = tf.zeros([1]);
    compile(model);
    expect(Object.keys((await fit(model)).history).sort()).toEqual(['loss', 'one']);
  });

  test('a batch to try the terms on may be disposed of after the call, and not before', async () => {
    const model = compile(make());
    const batch = [tf.clone(x), tf.clone(y)] as const;
    attach(model, [one], { batch }).detach();
    attach(model, [one], { batch });
    tf.dispose(batch[0]);
    compile(model);
    expect((await fit(model)).history.one).toEqual(ones);
    const other = compile(make());
    expectThrows(
      () => attach(other, [one], { batch }),
      /^layers: expected `batch` to be an array of .* not disposed of/,
    );
  });

  test('disposed of, it has no terms; disposed of again, it throws as in tfjs', () => {
    const [plain, attached] = pair(make);
    const before = tf.memory().numTensors;
    const results = [plain, attached].map((model) => model.dispose());
    expect(results[1]).toEqual(results[0]);
    expect(tf.memory().numTensors).toBe(before - 2 * 6); // kernels, biases, and two of Adam
    for (const model of [plain, attached]) {
      expect(() => model.dispose()).toThrow('already disposed');
    }
    expect(Object.hasOwn(attached, 'dispose')).toBe(false);
  });

  test('held by another model too, it keeps its terms when that one is disposed of', async () => {
    const [plain, attached] = pair(make);
    const results = [];
    for (const model of [plain, attached]) {
      const [first] = [around(model), around(model)];
      results.push(first.dispose());
    }
    expect(results[1]).toEqual(results[0]);
    expect((await fit(attached)).history.one).toEqual(ones);
  });

  test('a term that throws in the middle of fit: the error is that of the term, and the next fit is as any', async () => {
    const model = compile(make());
    let steps = 0;
    const moody = {
      name: 'moody',
      penalty: () => {
        steps += 1;
        if (steps === 4) {
          throw new Error('not today');
        }
        return tf.scalar(1);
      },
    };
    attach(model, [moody]);
    await expect(fit(model)).rejects.toThrow('not today');
    expect(steps).toBe(4); // the trial, and three
    expect((await fit(model)).history.moody).toEqual(ones);
  });

  test('a step in a callback of fit, of the model itself or of another, is none of the epoch', async () => {
    const [plain, attached] = pair(make);
    const [, other] = pair(make);
    const histories = [];
    for (const model of [plain, attached]) {
      const step = async () => {
        await model.trainOnBatch(x, y);
        await other.trainOnBatch(x, y);
      };
      const { history } = await fit(model, { onBatchBegin: step, onBatchEnd: step });
      histories.push(history);
    }
    expect(histories[1]).toEqual({ ...histories[0], one: ones });
    expect(valuesOf(attached)).toEqual(valuesOf(plain));
  });

  test('a step in the loss of another step, as a function of tfjs', async () => {
    const inner = compile(make());
    const again = batchLoss(inner);
    const seen: number[] = [];
    const asking = {
      name: 'asking',
      penalty: () => {
        seen.push(again().dataSync()[0] as number);
        return tf.scalar(0);
      },
    };
    attach(inner, [asking]);
    const outer = compile(make(), {
      loss: (yTrue: tf.Tensor, yPred: tf.Tensor) => {
        tf.dispose(trainedBy(inner).makeTrainFunction()([x, y]));
        return tf.losses.meanSquaredError(yTrue, yPred);
      },
    } as never);
    seen.length = 0;
    const before = valuesOf(inner);
    await outer.trainOnBatch(x, y);
    expect(seen).toHaveLength(1);
    expect(valuesOf(inner)).not.toEqual(before);
    expectThrows(again, /^layers.batchLoss: expected `model` to be in a step/);
  });

  test('two models that train at the same time, each with the loss of its own batch', async () => {
    const models = [compile(make()), compile(make())] as const;
    const seen = models.map(() => [] as number[]);
    for (const [k, model] of models.entries()) {
      const again = batchLoss(model);
      attach(model, [
        {
          name: 'asking',
          correct: (grads: tf.NamedTensorMap) => {
            seen[k]?.push(again().dataSync()[0] as number);
            return grads;
          },
        },
      ]);
    }
    for (const list of seen) {
      list.length = 0; // those of the trials
    }
    const losses = models.map(() => [] as number[]);
    await Promise.all(
      models.map((model, k) =>
        fit(model, { onBatchEnd: (_, logs) => void losses[k]?.push(logs?.loss as number) }),
      ),
    );
    expect(seen[0]).toHaveLength(9);
    expect(seen).toEqual(losses);
  });

  test('inside a model that trains it is a layer like any other, and a model inside one with terms too', async () => {
    const [plain, attached] = pair(make);
    const outer = [around(plain), around(attached)] as const;
    const train = async (model: tfl.LayersModel, holder: tfl.LayersModel) => [
      (await fit(holder)).history.loss,
      (await fit(model)).history.loss,
    ];
    expect(await train(attached, outer[1])).toEqual(await train(plain, outer[0]));
    attach(outer[1], [one]);
    expect(await train(attached, outer[1])).toEqual(await train(plain, outer[0]));
    expect(valuesOf(attached)).toEqual(valuesOf(plain));
    expect((await fit(outer[1])).history.one).toEqual(ones);
  });
});

/** Two batches of three, as tf.data has them. */
const dataset = () => ({
  size: 2,
  iterator: async () => {
    let start = -3;
    return {
      next: async () => {
        start += 3;
        return start < 6
          ? { value: { xs: tf.slice(x, start, 3), ys: tf.slice(y, start, 3) }, done: false }
          : { value: null, done: true };
      },
    };
  },
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

test('a model and the one inside it cannot both be attached to', () => {
  const model = compile(sequential('softmax'));
  const { model: inner } = model as unknown as { model: tfl.LayersModel };
  const { detach } = attach(model, []);
  expect(() => attach(inner, [])).toThrow(/^layers: expected `model` to have nothing attached/);
  detach();
  attach(inner, []);
  expect(() => attach(model, [])).toThrow(/^layers: expected `model` to have nothing attached/);
});
