import * as tf from '@tensorflow/tfjs-core';
import { attach } from '@toploss/layers';
import { expectThrows } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { trainedBy } from '../../src/watch/model.js';
import { compile, fit, kinds, one, ones, x, y } from './pair.js';

describe.each(kinds)('%s', (_kind, make) => {
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
