import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { cvp } from '@toploss/cvp';
import { attach } from '@toploss/layers';
import { describe, expect, test } from 'vitest';
import { drawing, functional, normal, sequential, twins, valuesOf } from './models.js';

const x = normal([6, 3], 11);
const y = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32'), 3), 'float32');
const args = { epochs: 3, batchSize: 2, shuffle: false, verbose: 0 as const };
const one = { name: 'one', penalty: () => tf.scalar(1) };
/** A correction, which is given gradients by name. */
const terms = () => [one, cvp({ lambda: 0 })];

const compile = (model: tfl.LayersModel) =>
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });

const dense = (model: tfl.LayersModel) =>
  model.layers.filter((layer) => layer.weights.length > 0) as [tfl.layers.Layer, tfl.layers.Layer];

const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: Error) => error.message,
  );

const kinds: [string, () => tfl.LayersModel][] = [
  ['a Sequential', () => sequential('softmax')],
  ['a functional model', () => functional('softmax')],
];

describe.each(kinds)('%s', (_kind, make) => {
  /** Trains a model with terms that change nothing, and one without: in the same way, bit for bit. */
  async function expectAlike(run: (model: tfl.LayersModel) => Promise<unknown>): Promise<void> {
    const [plain, attached] = twins(make);
    compile(plain);
    compile(attached);
    attach(attached, terms());
    const expected = await run(plain);
    expect(await run(attached)).toEqual(expected);
    expect(valuesOf(attached)).toEqual(valuesOf(plain));
    expect((await attached.fit(x, y, args)).history.one).toEqual([1, 1, 1]);
  }
  const loss = async (model: tfl.LayersModel, callbacks: tfl.CustomCallbackArgs = {}) =>
    (await model.fit(x, y, { ...args, callbacks })).history.loss;

  test.each([true, false])('a layer that is frozen and unfrozen; compiled each time: %s', (again) =>
    expectAlike(async (model) => {
      const losses = [];
      for (const trainable of [false, true]) {
        dense(model)[0].trainable = trainable;
        if (again) {
          compile(model);
        }
        losses.push(await loss(model), await model.trainOnBatch(x, y));
      }
      return losses;
    }),
  );

  test.each([true, false])('in a callback; compiled each time: %s', (again) =>
    expectAlike((model) =>
      loss(model, {
        onEpochEnd: (epoch) => {
          dense(model)[0].trainable = epoch !== 0;
          if (again) {
            compile(model);
          }
        },
      }),
    ),
  );

  test('a frozen layer does not move, and a penalty is not given its weights', async () => {
    const model = make();
    compile(model);
    const seen: string[][] = [];
    attach(model, [
      {
        name: 'spy',
        penalty: ({ params }: { params: tf.NamedTensorMap }) => {
          seen.push(Object.keys(params));
          return Object.values(params)
            .map((w) => tf.sum(w) as tf.Scalar)
            .reduce((a, b) => tf.add(a, b));
        },
      },
      cvp({ lambda: 0.1, decoupled: true, beta: 1 }),
    ]);
    const [first, second] = dense(model);
    first.trainable = false;
    const values = (layer: tfl.layers.Layer) => layer.getWeights().map((w) => [...w.dataSync()]);
    const before = [values(first), values(second)];
    await model.trainOnBatch(x, y);
    expect(seen.map((names) => names.length)).toEqual([4, 2]);
    expect(values(first)).toEqual(before[0]);
    expect(values(second)).not.toEqual(before[1]);
  });

  test.each([true, false])(
    'a model with nothing to train may be attached; its layers are named at a step. Compiled: %s',
    async (again) => {
      const model = make();
      compile(model);
      for (const layer of model.layers) {
        layer.trainable = false;
      }
      if (again) {
        compile(model);
      }
      const { numTensors } = tf.memory();
      const attachment = attach(model, terms());
      const names = dense(model).map(({ name }) => `${name} (Dense)`);
      const message = `layers: expected \`model\` to have weights to train: set \`trainable\` of a layer to true and compile again. Received: "frozen: ${names.join(', ')}".`;
      expect(await outcome(model.trainOnBatch(x, y))).toBe(message);
      expect(tf.memory().numTensors).toBe(numTensors);
      expect(await outcome(model.fit(x, y, args))).toBe(message);
      for (const layer of model.layers) {
        layer.trainable = true;
      }
      compile(model);
      expect((await model.fit(x, y, args)).history.one).toEqual([1, 1, 1]);
      attachment.detach();
    },
  );
});

test('a model without weights may be attached, and fails at a step', async () => {
  const model = tfl.sequential({
    layers: [tfl.layers.activation({ activation: 'softmax', inputShape: [3] })],
  });
  compile(model);
  attach(model, [one]);
  await expect(model.trainOnBatch(x, y)).rejects.toThrow(
    /^layers: expected `model` to have weights to train: .* Received: "none"/,
  );
});

/** Two heads above one layer. */
function twoHeads(): tfl.LayersModel {
  const input = tfl.input({ shape: [3] });
  const trunk = tfl.layers.dense({ units: 4, activation: 'tanh' }).apply(input);
  const heads = [2, 1].map(
    (units) => tfl.layers.dense({ units }).apply(trunk) as tfl.SymbolicTensor,
  );
  return tfl.model({ inputs: input, outputs: heads });
}

const targets = [normal([6, 2], 5), normal([6, 1], 6)];

test('weights that the loss never reaches are skipped', async () => {
  const [plain, attached] = twins(twoHeads);
  const nothing = (() => tf.scalar(0)) as never;
  for (const model of [plain, attached]) {
    model.compile({ optimizer: 'adam', loss: ['meanSquaredError', nothing] });
  }
  attach(attached, terms());
  const expected = await plain.fit(x, targets, args);
  const { history } = await attached.fit(x, targets, args);
  expect(history.loss).toEqual(expected.history.loss);
  expect(valuesOf(attached)).toEqual(valuesOf(plain));
  expect(valuesOf(attached).slice(4)).toEqual(valuesOf(twins(twoHeads)[0]).slice(4));
});

test('weights that the loss reaches in some steps alone keep their averages', async () => {
  const [plain, attached] = twins(twoHeads);
  for (const model of [plain, attached]) {
    let steps = 0;
    /** Of the second head in every other step. */
    const moody = (yTrue: tf.Tensor, yPred: tf.Tensor) => {
      steps += 1;
      return steps % 2 === 0 ? tf.losses.meanSquaredError(yTrue, yPred) : tf.scalar(0);
    };
    model.compile({ optimizer: 'adam', loss: ['meanSquaredError', moody as never] });
    if (model === attached) {
      attach(model, terms());
      steps = 0; // that of the trial
    }
  }
  for (let k = 0; k < 5; k++) {
    expect(await attached.trainOnBatch(x, targets)).toEqual(await plain.trainOnBatch(x, targets));
  }
  expect(valuesOf(attached)).toEqual(valuesOf(plain));
});

test('a loss that reaches nothing on the batch of the trial may reach something on another', async () => {
  const model = sequential('softmax');
  let isTrial = true;
  const loss = (yTrue: tf.Tensor, yPred: tf.Tensor) =>
    isTrial ? tf.scalar(0) : tf.losses.meanSquaredError(yTrue, yPred);
  model.compile({ optimizer: 'sgd', loss: loss as never });
  attach(model, [one]);
  isTrial = false;
  expect((await model.fit(x, y, args)).history.one).toEqual([1, 1, 1]);
});

/**
 * As the ACGAN of tfjs-examples: a discriminator of two outputs, with a model inside; a generator of two inputs, with
 * an embedding and a model with batch normalization inside; and both as one model, in which the former is frozen.
 */
function acgan() {
  const { layers } = tfl;
  const trunk = tfl.sequential({
    layers: [
      layers.dense({ units: 5, inputShape: [4] }),
      layers.leakyReLU({ alpha: 0.2 }),
      layers.dropout({ rate: 0.3 }),
    ],
  });
  const image = tfl.input({ shape: [4] });
  const features = trunk.apply(image) as tfl.SymbolicTensor;
  const heads = [
    layers.dense({ units: 1, activation: 'sigmoid' }).apply(features),
    layers.dense({ units: 3, activation: 'softmax' }).apply(features),
  ] as tfl.SymbolicTensor[];
  const discriminator = tfl.model({ inputs: image, outputs: heads });

  const body = tfl.sequential({
    layers: [
      layers.dense({ units: 6, inputShape: [2], activation: 'relu' }),
      layers.batchNormalization(),
      layers.dense({ units: 4, activation: 'tanh' }),
    ],
  });
  const sources = () => [tfl.input({ shape: [2] }), tfl.input({ shape: [1] })];
  const [latent, label] = sources() as [tfl.SymbolicTensor, tfl.SymbolicTensor];
  const trainable = tf.getBackend() !== 'wasm'; // which has no gradient of it
  const embedded = layers.embedding({ inputDim: 3, outputDim: 2, trainable }).apply(label);
  const flat = layers.flatten().apply(embedded) as tfl.SymbolicTensor;
  const h = layers.multiply().apply([latent, flat]) as tfl.SymbolicTensor;
  const generator = tfl.model({
    inputs: [latent, label],
    outputs: body.apply(h) as tfl.SymbolicTensor,
  });

  for (const [k, model] of [discriminator, generator].entries()) {
    model.setWeights(
      model.getWeights().map((w, i) => tf.abs(tf.mul(0.5, normal(w.shape, 10 * k + i + 1)))),
    );
  }
  const loss = ['binaryCrossentropy', 'sparseCategoricalCrossentropy'];
  discriminator.compile({ optimizer: tf.train.adam(0.05, 0.5), loss });
  discriminator.trainable = false;
  const inputs = sources();
  const fake = discriminator.apply(generator.apply(inputs)) as tfl.SymbolicTensor[];
  const combined = tfl.model({ inputs, outputs: fake });
  combined.compile({ optimizer: tf.train.adam(0.05, 0.5), loss });
  return { discriminator, generator, combined };
}

test.each([
  ['the discriminator', ['discriminator']],
  ['the combined model', ['combined']],
  ['both', ['discriminator', 'combined']],
] as const)('an ACGAN trains with terms on %s as without', async (_what, attached) => {
  const train = async (names: readonly ('discriminator' | 'combined')[]) => {
    const { discriminator, generator, combined } = acgan();
    for (const name of names) {
      attach({ discriminator, combined }[name], terms());
    }
    const [z, labels] = [normal([6, 2], 3), tf.tensor2d([[0], [1], [2], [0], [1], [2]])];
    const trick = tf.fill([6, 1], 0.95);
    const { result, draws } = await drawing(async () => {
      const losses = [];
      for (let k = 0; k < 3; k++) {
        const images = tf.concat([
          normal([6, 4], 20 + k),
          generator.predict([z, labels]) as tf.Tensor,
        ]);
        const real = tf.concat([trick, tf.zeros([6, 1])]);
        const both = tf.concat([labels, labels]);
        losses.push(await discriminator.trainOnBatch(images, [real, both]));
        losses.push(await combined.trainOnBatch([z, labels], [trick, labels]));
      }
      return losses;
    });
    return { losses: result, draws, weights: [discriminator, generator].map(valuesOf) };
  };
  const fresh = acgan();
  const before = [fresh.discriminator, fresh.generator].map(valuesOf);
  const expected = await train([]);
  expect(expected.draws).toBeGreaterThan(0);
  expect(await train(attached)).toEqual(expected);
  // The model inside the discriminator, which freezing it does not reach in tfjs, and the generator have moved.
  expect(expected.weights[0]?.[0]).not.toEqual(before[0]?.[0]);
  expect(expected.weights[1]?.[0]).not.toEqual(before[1]?.[0]);
});
