import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { attach, batchLoss } from '@toploss/layers';
import { expectThrows } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { trainedBy } from '../../src/watch/model.js';
import { valuesOf } from '../models.js';
import { around, compile, fit, kinds, one, ones, pair, x, y } from './pair.js';

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
