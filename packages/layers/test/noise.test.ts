import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { attach, batchLoss } from '@toploss/layers';
import { sbmp } from '@toploss/sbmp';
import { thrownBy } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { drawing, normal, recurrent, sequential } from './models.js';

const { layers } = tfl;

const compile = <M extends tfl.LayersModel>(
  model: M,
  loss: unknown = 'categoricalCrossentropy',
) => {
  model.compile({ optimizer: tf.train.sgd(0), loss: loss as string });
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
  readonly #f: () => tf.Tensor | number;

  constructor(f: () => tf.Tensor | number) {
    super({});
    this.#f = f;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.add([inputs].flat()[0] as tf.Tensor, this.#f());
  }
}

/** Before zeros of its own: no output of a layer of the model shows what that layer makes. */
function within(layer: tfl.layers.Layer): tfl.LayersModel {
  const inner = tfl.sequential({
    layers: [layers.dense({ units: 4, inputShape: [3] }), layer, end()],
  });
  const input = tfl.input({ shape: [3] });
  return tfl.model({
    inputs: input,
    outputs: end().apply(inner.apply(input)) as tfl.SymbolicTensor,
  });
}

const repeated = (layer: tfl.layers.Layer) => inSequence(layers.timeDistributed({ layer }));

let count = 0;
const counting = () => {
  count += 1;
  return count;
};
// Held from before a step, it is not the one that a step replays.
const { random: held } = Math;

describe('noise that cannot be drawn again is found, though the last kernel is 0', () => {
  test.each<[string, string, () => tfl.LayersModel]>([
    ['a generator of the user', 'Adding', () => flat(new Adding(held))],
    ['a layer that counts', 'Adding', () => flat(new Adding(counting))],
    ['inside a model', 'Adding', () => within(new Adding(held))],
    ['inside a wrapper', 'TimeDistributed', () => repeated(new Adding(held))],
  ])('%s', (_what, className, make) => {
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

  test('a loss, where a term asks for it again, and not where it asks for the outputs', () => {
    const loss = (yTrue: tf.Tensor, yPred: tf.Tensor) =>
      tf.losses.meanSquaredError(tf.add(yTrue, held()), yPred);
    const model = compile(sequential('softmax'), loss);
    attach(model, [sbmp({ head: 'softmax' })]).detach();
    batchLoss(model);
    expect(thrownBy(() => attach(model, [])).message).toMatch(
      /^layers: expected `model` to make the same of a batch twice, .* Received: "the loss"\.$/,
    );
  });
});

const recurrentNoise = { dropout: 0.5, recurrentDropout: 0.5, returnSequences: true } as const;
const unit = { units: 4, recurrentInitializer: 'glorotNormal', ...recurrentNoise } as const;

describe('noise that is drawn again: another pass of a step makes the same', () => {
  test.each<[string, () => tfl.LayersModel]>([
    ['dropout', () => flat(layers.dropout({ rate: 0.5 }))],
    ['dropout with a seed', () => flat(layers.dropout({ rate: 0.5, seed: 3 }))],
    ['spatial dropout', () => inSequence(layers.spatialDropout1d({ rate: 0.5 } as never))],
    ['Gaussian noise', () => flat(layers.gaussianNoise({ stddev: 1 }))],
    ['Gaussian dropout', () => flat(layers.gaussianDropout({ rate: 0.5 }))],
    ['alpha dropout', () => flat(layers.alphaDropout({ rate: 0.5 }))],
    ['inside a model', () => within(layers.gaussianNoise({ stddev: 1 }))],
    ['inside a wrapper', () => repeated(layers.dropout({ rate: 0.5 }))],
    ['a simple recurrent layer', () => inSequence(layers.simpleRNN(unit))],
    ['a GRU', () => inSequence(layers.gru(unit))],
    ['an LSTM', () => inSequence(layers.lstm(unit))],
    [
      'both directions',
      () =>
        inSequence(layers.bidirectional({ layer: layers.gru(unit) as never, mergeMode: 'sum' })),
    ],
    ['a layer of the user', () => flat(new Adding(() => tf.randomNormal([4])))],
    ['Math.random in a layer', () => flat(new Adding(() => Math.random()))],
    ['no noise', recurrent],
  ])('%s', async (what, make) => {
    const model = compile(make());
    model.setWeights(model.getWeights().map((w, k) => tf.mul(0.5, normal(w.shape, k + 1))));
    const again = batchLoss(model);
    const differences: number[] = [];
    const term = {
      name: 'again',
      penalty: (inputs: object) => {
        const { loss } = inputs as { loss: tf.Scalar };
        differences.push(...tf.sub(loss, again()).dataSync());
        return tf.scalar(0);
      },
    };
    attach(model, [term, sbmp()]);
    const shape = model.inputs[0]?.shape.map((size, axis) => (axis === 0 ? 4 : (size ?? 5)));
    const x = normal(shape as number[], 3);
    const y = tf.cast(tf.oneHot([0, 1, 2, 0], 3), 'float32');
    const losses = [await model.trainOnBatch(x, y), await model.trainOnBatch(x, y)];
    expect(differences).toEqual([0, 0, 0]); // the first one of the trial
    // The rate is 0.
    expect(losses[0] === losses[1]).toBe(['dropout with a seed', 'no noise'].includes(what));
  });

  test('a loss', async () => {
    const loss = (yTrue: tf.Tensor, yPred: tf.Tensor) =>
      tf.losses.meanSquaredError(tf.add(yTrue, tf.randomNormal(yTrue.shape)), yPred);
    const model = compile(sequential('softmax'), loss);
    batchLoss(model);
    attach(model, []).detach();
  });
});

test('attach leaves the random numbers of the page where they were', async () => {
  const make = () =>
    tfl.sequential({
      layers: [
        layers.dense({ units: 4, inputShape: [3] }),
        layers.dropout({ rate: 0.5 }),
        layers.gaussianNoise({ stddev: 1 }),
        new Adding(held),
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
