import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Term } from '@toploss/core';
import { attach } from '@toploss/layers';
import { saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { describe, expect, test } from 'vitest';
import { drawing, normal, seeded, valuesOf } from './models.js';

const x = normal([6, 3], 11);
const y = tf.tensor2d([[0], [1], [0], [1], [1], [0]]);

/** Dropout draws its own seeds. After a sigmoid, a feature is 0 only where it was dropped. */
const stack = (rate = 0.5) => {
  const model = seeded(
    tfl.sequential({
      layers: [
        tfl.layers.dense({ units: 6, inputShape: [3], activation: 'sigmoid' }),
        tfl.layers.dropout({ rate }),
        tfl.layers.dropout({ rate }),
        tfl.layers.dense({ units: 1, activation: 'sigmoid' }),
      ],
    }),
  );
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'binaryCrossentropy' });
  return model;
};

const zeros = (x: tf.Tensor) => Array.from(x.dataSync(), (entry) => entry === 0);

test('the mask that a term reads is that of the pass, however often it is read', async () => {
  const model = stack();
  let seen: boolean[][] = [];
  const spy = {
    name: 'spy',
    penalty: (inputs: { layers: readonly object[] }) => {
      const parts = [inputs, inputs].map(
        ({ layers }) => layers[1] as { input: tf.Tensor; dropout: tf.Tensor },
      );
      seen = parts.flatMap(({ input, dropout }) => [zeros(input), zeros(dropout)]);
      return tf.scalar(0);
    },
  };
  attach(model, [spy]);
  for (let k = 0; k < 3; k++) {
    await model.trainOnBatch(x, y);
    expect(seen[0]).toContain(true);
    expect(seen[0]).toContain(false);
    expect(seen).toEqual(Array.from({ length: 4 }, () => seen[0]));
  }
});

describe('with λ = 0, dropout draws as often as in tfjs, and trains the same bit for bit', () => {
  const trained = (rate: number, terms: Term[] | undefined) =>
    drawing(async () => {
      const model = stack(rate);
      if (terms !== undefined) {
        attach(model, terms as []);
      }
      const { history } = await model.fit(x, y, { epochs: 3, batchSize: 3, verbose: 0 });
      return { loss: history.loss, weights: valuesOf(model) };
    });

  test.each<[name: string, Term]>([
    ['saspNetwork', saspNetwork({ lambda: 0, seed: 3 })],
    ['saspNetwork, at every step', saspNetwork({ lambda: 0, seed: 3, every: 1 })],
    ['sbmp', sbmp({ lambda: 0, seed: 3, head: 'sigmoid' })],
  ])('%s', async (_, term) => {
    for (const rate of [0.5, 0]) {
      const plain = await trained(rate, undefined);
      expect(await trained(rate, [term])).toEqual(plain);
    }
  });
});
