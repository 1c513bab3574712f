import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { attach, batchLoss } from '@toploss/layers';
import { sbmp } from '@toploss/sbmp';
import { thrownBy } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { drawing, recurrent, sequential } from './models.js';

const { layers } = tfl;

const compile = <M extends tfl.LayersModel>(
  model: M,
  loss: unknown = 'categoricalCrossentropy',
) => {
  model.compile({ optimizer: 'sgd', loss: loss as string });
  return model;
};

/** What ends a model: a kernel of zeros makes the same of everything, so that noise before it is not seen after it. */
const end = () => layers.dense({ units: 3, activation: 'softmax', kernelInitializer: 'zeros' });

const flat = (layer: tfl.layers.Layer) =>
  tfl.sequential({ layers: [layers.dense({ units: 4, inputShape: [3] }), layer, end()] });

const inSequence = (layer: tfl.layers.Layer) =>
  tfl.sequential({
    layers: [
      layers.dense({ units: 4, inputShape: [5, 2] }),
      layer,
      layers.globalAveragePooling1d({}),
      end(),
    ],
  });

/** Adds what f makes. */
class Adding extends layers.Layer {
  static className = 'Adding';
  readonly #f: () => number;

  constructor(f: () => number) {
    super({});
    this.#f = f;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.add([inputs].flat()[0] as tf.Tensor, this.#f());
  }
}

let count = 0;
const counting = () => {
  count += 1;
  return count;
};

const recurrentWithDropout = () =>
  layers.gru({
    units: 4,
    dropout: 0.5,
    returnSequences: true,
    recurrentInitializer: 'glorotNormal',
  });

const noisy: [string, string, () => tfl.LayersModel][] = [
  ['Gaussian noise', 'GaussianNoise', () => flat(layers.gaussianNoise({ stddev: 1 }))],
  ['Gaussian dropout', 'GaussianDropout', () => flat(layers.gaussianDropout({ rate: 0.5 }))],
  ['alpha dropout', 'AlphaDropout', () => flat(layers.alphaDropout({ rate: 0.5 }))],
  ['Math.random in a layer', 'Adding', () => flat(new Adding(Math.random))],
  ['a layer that counts', 'Adding', () => flat(new Adding(counting))],
  // Before zeros of its own: no output of a layer of the model shows it.
  [
    'noise inside a model',
    'GaussianNoise',
    () => {
      const inner = tfl.sequential({
        layers: [layers.gaussianNoise({ stddev: 1, inputShape: [3] }), end()],
      });
      const input = tfl.input({ shape: [3] });
      const output = end().apply(inner.apply(input)) as tfl.SymbolicTensor;
      return tfl.model({ inputs: input, outputs: output });
    },
  ],
  ['dropout inside a recurrent layer', 'GRU', () => inSequence(recurrentWithDropout())],
  [
    'dropout inside a wrapper',
    'TimeDistributed',
    () => inSequence(layers.timeDistributed({ layer: layers.dropout({ rate: 0.5 }) })),
  ],
];

describe('noise that cannot be drawn again is found, though the last kernel is 0', () => {
  test.each(noisy)('%s', (_what, className, make) => {
    const message = new RegExp(
      `^layers: expected \`model\` to make the same of a batch twice, .* Received: "\\w+ \\(${className}\\)"\\.$`,
    );
    expect(thrownBy(() => attach(compile(make()), [sbmp()])).message).toMatch(message);
    const model = compile(make());
    batchLoss(model); // asks for the loss again
    expect(thrownBy(() => attach(model, [])).message).toMatch(message);
    // Terms that run the model once do not mind.
    attach(compile(make()), []).detach();
  });
});

test.each<[string, () => tfl.LayersModel]>([
  ['dropout', () => flat(layers.dropout({ rate: 0.5 }))],
  ['dropout with a seed', () => flat(layers.dropout({ rate: 0.5, seed: 3 }))],
  ['spatial dropout', () => inSequence(layers.spatialDropout1d({ rate: 0.5 } as never))],
  ['a recurrent layer', recurrent],
])('what can be drawn again, or is none, is taken: %s', (_what, make) => {
  const model = compile(make());
  batchLoss(model);
  attach(model, [sbmp()]).detach();
});

test('a loss that draws is refused where a term asks for it again, and not where it asks for the outputs', () => {
  const loss = (yTrue: tf.Tensor, yPred: tf.Tensor) =>
    tf.losses.meanSquaredError(tf.add(yTrue, tf.randomNormal(yTrue.shape)), yPred);
  const model = compile(sequential('softmax'), loss);
  attach(model, [sbmp({ head: 'softmax' })]).detach();
  batchLoss(model);
  expect(thrownBy(() => attach(model, [])).message).toMatch(
    /^layers: expected `model` to make the same of a batch twice, .* Received: "the loss"\.$/,
  );
});

test('attach leaves the random numbers of the page where they were', async () => {
  const make = () =>
    tfl.sequential({
      layers: [
        layers.dense({ units: 4, inputShape: [3] }),
        layers.dropout({ rate: 0.5 }),
        layers.gaussianNoise({ stddev: 1 }),
        end(),
      ],
    });
  const models = [compile(make()), compile(make())];
  const { random } = Math;
  for (const [k, model] of models.entries()) {
    const { draws } = await drawing(async () => {
      if (k === 0) {
        attach(model, []);
      } else {
        expect(() => attach(model, [sbmp()])).toThrow();
      }
    });
    expect(draws).toBe(0);
  }
  expect(Math.random).toBe(random);
});

test('the values of the trial are those of the model: what is random in it is all over its range', () => {
  const model = compile(flat(layers.dropout({ rate: 0.5 })));
  const seen: number[] = [];
  const spy = {
    name: 'spy',
    penalty: ({ features, embeddings }: Record<'features' | 'embeddings', tf.Tensor>) => {
      seen.push(...features.dataSync());
      const values = Array.from(embeddings.dataSync());
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...values)).toBeLessThan(1);
      expect(new Set(values).size).toBe(12);
      return tf.scalar(0);
    },
  };
  attach(model, [spy]).detach();
  expect(seen.filter((x) => x === 0).length).toBeGreaterThan(0);
  expect(seen.filter((x) => x !== 0).length).toBeGreaterThan(0);
});
