import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { cvp } from '@toploss/cvp';
import { attach } from '@toploss/layers';
import { sasp } from '@toploss/sasp';
import { expect, test } from 'vitest';
import { normal, valuesOf } from './models.js';

const { classNameMap } = tf.serialization.SerializationMap.getMap();
const own = { ...classNameMap };

/** Other classes under the same names, as with a bundle of a CDN, or another version, on the page. */
const copy = createRequire(import.meta.url)(
  '@tensorflow/tfjs-layers/dist/tf-layers.es2017.js',
) as typeof tfl;

// Models that the files after this one load, in the same process, would be of the copy.
Object.assign(classNameMap, own);

const x = normal([6, 3], 11);
const y = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32'), 3), 'float32');

function model(): tfl.LayersModel {
  const made = copy.sequential({
    layers: [
      copy.layers.dense({ units: 4, inputShape: [3], activation: 'tanh' }),
      copy.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  made.setWeights(made.getWeights().map((w, k) => tf.mul(0.5, normal(w.shape, k + 1))));
  made.compile({ optimizer: tf.train.adam(), loss: 'categoricalCrossentropy' });
  expect(made).not.toBeInstanceOf(tfl.LayersModel);
  return made;
}

const terms = () => [sasp({ lambda: 0 }), cvp({ lambda: 0 })];
const args = { epochs: 2, batchSize: 2, verbose: 0 as const };

class Own extends copy.Callback {
  readonly seen: string[][] = [];
  override async onBatchEnd(_: number, logs?: object) {
    this.seen.push(Object.keys(logs ?? {}));
  }
}

test.each<[string, () => tfl.ModelFitArgs['callbacks']]>([
  ['no callback', () => undefined],
  ['an empty list', () => []],
  ['an object', () => ({ onEpochEnd: () => {} })],
  ['objects', () => [{ onEpochEnd: () => {} }, { onBatchEnd: () => {} }]],
  ['an instance of the copy', () => new Own()],
  ['instances of the copy', () => [new Own(), copy.callbacks.earlyStopping({ monitor: 'loss' })]],
])('a model of another copy trains with terms as without, with %s', async (_what, callbacks) => {
  const [plain, attached] = [model(), model()];
  attach(attached, terms());
  const given = { ...args, shuffle: false };
  const expected = await plain.fit(x, y, { ...given, callbacks: callbacks() } as tfl.ModelFitArgs);
  const { history } = await attached.fit(x, y, {
    ...given,
    callbacks: callbacks(),
  } as tfl.ModelFitArgs);
  expect(history).toEqual({ ...expected.history, sasp: [0, 0], cvp: [0, 0] });
  expect(valuesOf(attached)).toEqual(valuesOf(plain));
});

test('the callbacks of the copy see the terms', async () => {
  const attached = model();
  attach(attached, terms());
  const own = new Own();
  await attached.fit(x, y, { ...args, callbacks: [own] });
  expect(own.seen).toHaveLength(6);
  expect(own.seen[0]).toContain('sasp');
});
