import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { attach } from '@toploss/layers';
import { expectThrows } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { sequential, twins, valuesOf } from '../models.js';
import { around, compile, fit, kinds, one, ones, pair, x, y } from './pair.js';

describe.each(kinds)('%s', (_kind, make) => {
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
