import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { trainStep } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import { attach, batchLoss } from '@toploss/layers';
import { sasp, saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { expectClose } from '@toploss/testing';
import { expect, test } from 'vitest';
import { normal, recurrent, twins, valuesOf, variablesOf } from './models.js';

const x = normal([6, 3], 11) as tf.Tensor2D;
const y = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32'), 3), 'float32');

const dropout = (seed?: number) => tfl.layers.dropout({ rate: 0.5, ...(seed ? { seed } : {}) });

const withDropout = (seed?: number) =>
  tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 8, inputShape: [3], activation: 'tanh' }),
      dropout(seed),
      tfl.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });

const withBatchNorm = () =>
  tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 4, inputShape: [3], activation: 'tanh' }),
      tfl.layers.batchNormalization({ momentum: 0.5 }),
      tfl.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });

const compile = (model: tfl.LayersModel) =>
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy' });

test('with no noise at the input, the second pass of SBMP is the first: the same mask, Φ = 0', async () => {
  const model = withDropout();
  compile(model);
  const attachment = attach(model, [sbmp({ alpha: 0 })]);
  for (let k = 0; k < 5; k++) {
    await model.trainOnBatch(x, y);
    expect(attachment.losses().sbmp?.dataSync()[0]).toBe(0);
  }
});

test('the masks of two steps differ', async () => {
  const model = withDropout();
  model.compile({ optimizer: tf.train.sgd(0), loss: 'categoricalCrossentropy' });
  attach(model, [sbmp({ alpha: 0 })]);
  const losses = [await model.trainOnBatch(x, y), await model.trainOnBatch(x, y)];
  expect(losses[0]).not.toBe(losses[1]);
});

test('SBMP and DMTA with dropout, as written out with the mask of the seed', async () => {
  const [attached, written] = twins(() => withDropout(7));
  compile(attached);
  const terms = (loss: () => tf.Scalar) => [
    dmta({ mode: 'cosine', lambda: 0.2, mu: 0.5, loss }),
    sbmp({ lambda: 0.5, alpha: 0.5, seed: 3 }),
  ];
  const attachment = attach(attached, terms(batchLoss(attached)));

  const [w1, b1, w2, b2] = variablesOf(written) as unknown as tf.Tensor2D[];
  const modelFn = (e: tf.Tensor) => {
    const hidden = tf.tanh(tf.add(tf.matMul(e as tf.Tensor2D, w1 as tf.Tensor2D), b1 as tf.Tensor));
    const kept = tf.dropout(hidden, 0.5, undefined, 7) as tf.Tensor2D;
    return tf.add(tf.matMul(kept, w2 as tf.Tensor2D), b2 as tf.Tensor) as tf.Tensor2D;
  };
  const lossOf = () => tf.losses.softmaxCrossEntropy(y, modelFn(x)) as tf.Scalar;
  const step = trainStep({ optimizer: tf.train.sgd(0.1), terms: terms(lossOf) });
  for (let k = 0; k < 4; k++) {
    await attached.trainOnBatch(x, y);
    const losses = step(() => ({ loss: lossOf(), logits: modelFn(x), modelFn, embeddings: x }));
    const actual = attachment.losses();
    expectClose(actual.sbmp as tf.Scalar, losses.sbmp, 1e-3);
    expectClose(actual.dmta as tf.Scalar, (losses as { dmta?: tf.Scalar }).dmta as tf.Scalar, 1e-2);
  }
  for (const [k, weight] of attached.getWeights().entries()) {
    expectClose(weight, written.getWeights()[k] as tf.Tensor, 1e-3);
  }
});

test('dropout that draws for itself is replayed in the loss of DMTA: at the same parameters it is the same', async () => {
  const model = withDropout();
  compile(model);
  const again = batchLoss(model);
  const seen: number[][] = [];
  const term = {
    name: 'again',
    correct: (grads: tf.NamedTensorMap) => {
      seen.push([again(), again()].map((loss) => loss.dataSync()[0] as number));
      return grads;
    },
  };
  const attachment = attach(model, [term]);
  await model.trainOnBatch(x, y);
  const { base } = attachment.losses();
  expect(seen).toHaveLength(2); // the trial and the step
  expect(seen[1]).toEqual([base?.dataSync()[0], base?.dataSync()[0]]);
});

test('the averages of batch normalization move once in a step, whatever passes it takes', async () => {
  const [plain, attached] = twins(withBatchNorm);
  compile(plain);
  compileWithPasses(attached);
  await plain.trainOnBatch(x, y);
  await attached.trainOnBatch(x, y);
  const averages = (model: tfl.LayersModel) => valuesOf(model).slice(-2);
  expect(averages(attached)).toEqual(averages(plain));
});

function compileWithPasses(model: tfl.LayersModel) {
  compile(model);
  const before = valuesOf(model);
  attach(model, [
    dmta({ mode: 'cosine', lambda: 0.2, start: 'first', loss: batchLoss(model) }),
    sbmp({ lambda: 0.5, alpha: 0.5, seed: 3 }),
  ]);
  expect(valuesOf(model)).toEqual(before);
}

test('by hand: the averages of batch normalization after one step', async () => {
  const model = tfl.sequential({
    layers: [
      tfl.layers.batchNormalization({ inputShape: [1], momentum: 0.5 }),
      tfl.layers.dense({ units: 2, activation: 'softmax' }),
    ],
  });
  compile(model);
  attach(model, [sbmp({ alpha: 0.5 })]);
  await model.trainOnBatch(
    tf.tensor2d([[1], [3]]),
    tf.tensor2d([
      [1, 0],
      [0, 1],
    ]),
  );
  // Of the batch (1, 3): mean 2, variance 1. From 0 and 1: ½·0 + ½·2 = 1 and ½·1 + ½·1 = 1. Twice, the mean would be 1.5.
  const [mean, variance] = model.getWeights().slice(-2);
  expectClose(mean as tf.Tensor, [1], 1e-6);
  expectClose(variance as tf.Tensor, [1], 1e-6);
});

test('the curvature of the network knows the mask of dropout', async () => {
  const [attached, written] = twins(() => withDropout(7));
  compile(attached);
  const term = () => saspNetwork({ lambda: 0.5, every: 1, seed: 2 });
  const attachment = attach(attached, [term()]);
  await attached.trainOnBatch(x, y);

  const [w1, b1, w2, b2] = variablesOf(written) as unknown as tf.Tensor2D[];
  const hidden = tf.tanh(tf.add(tf.matMul(x, w1 as tf.Tensor2D), b1 as tf.Tensor));
  const mask = tf.dropout(tf.onesLike(hidden), 0.5, undefined, 7);
  const features = tf.mul(hidden, mask) as tf.Tensor2D;
  const logits = tf.add(tf.matMul(features, w2 as tf.Tensor2D), b2 as tf.Tensor) as tf.Tensor2D;
  const expected = term().penalty({
    logits,
    layers: [
      { input: x, kernel: w1 as tf.Tensor2D, activation: 'tanh' },
      { input: features, kernel: w2 as tf.Tensor2D, dropout: mask },
    ],
  });
  expectClose(attachment.losses().saspNetwork as tf.Scalar, expected, 1e-5);
});

test('the masks of two dropout layers in a row multiply', async () => {
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 8, inputShape: [3], activation: 'tanh' }),
      dropout(7),
      dropout(8),
      tfl.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  compile(model);
  let mask: tf.Tensor | undefined;
  const spy = {
    name: 'spy',
    penalty: ({ layers }: { layers: readonly object[] }) => {
      mask = tf.keep(tf.clone((layers[1] as { dropout: tf.Tensor }).dropout));
      return tf.scalar(0);
    },
  };
  attach(model, [spy]);
  await model.trainOnBatch(x, y);
  const masks = [7, 8].map((seed) => tf.dropout(tf.ones([6, 8]), 0.5, undefined, seed));
  // Of entries that are 0 or 2, the products are 0 or 4.
  expectClose(mask as tf.Tensor, tf.mul(...(masks as [tf.Tensor, tf.Tensor])), 1e-6);
});

test('spatial dropout is replayed as dropout is', async () => {
  const model = tfl.sequential({
    layers: [
      tfl.layers.spatialDropout1d({ rate: 0.5, inputShape: [3, 2] }),
      tfl.layers.flatten(),
      tfl.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  compile(model);
  const attachment = attach(model, [sbmp({ alpha: 0 })]);
  for (let k = 0; k < 3; k++) {
    await model.trainOnBatch(normal([6, 3, 2], k), y);
    expect(attachment.losses().sbmp?.dataSync()[0]).toBe(0);
  }
});

test('a model inside the model trains as without terms, bit for bit', async () => {
  const [plain, attached] = twins(() => {
    const input = tfl.input({ shape: [3] });
    const inner = tfl.sequential({
      layers: [
        tfl.layers.dense({ units: 4, inputShape: [3], activation: 'tanh' }),
        tfl.layers.dense({ units: 4, activation: 'sigmoid' }),
      ],
    });
    const hidden = inner.apply(input) as tfl.SymbolicTensor;
    const output = tfl.layers.dense({ units: 3, activation: 'softmax' }).apply(hidden);
    return tfl.model({ inputs: input, outputs: output as tfl.SymbolicTensor });
  });
  compile(plain);
  compile(attached);
  attach(attached, []);
  for (let k = 0; k < 2; k++) {
    expect(await attached.trainOnBatch(x, y)).toBe(await plain.trainOnBatch(x, y));
  }
  expect(valuesOf(attached)).toEqual(valuesOf(plain));
});

test('dropout in a model inside the model is replayed too', async () => {
  const input = tfl.input({ shape: [3] });
  const hidden = withDropout().apply(input) as tfl.SymbolicTensor;
  const output = tfl.layers.dense({ units: 3, activation: 'softmax' }).apply(hidden);
  const model = tfl.model({ inputs: input, outputs: output as tfl.SymbolicTensor });
  compile(model);
  const attachment = attach(model, [sbmp({ alpha: 0 })]);
  await model.trainOnBatch(x, y);
  expect(attachment.losses().sbmp?.dataSync()[0]).toBe(0);
});

test('noise of other kinds is fine for what takes one pass', async () => {
  const model = tfl.sequential({
    layers: [
      tfl.layers.gaussianNoise({ stddev: 0.5, inputShape: [3] }),
      tfl.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  compile(model);
  const attachment = attach(model, [sasp()]);
  await model.trainOnBatch(x, y);
  expect(attachment.losses().sasp?.dataSync()[0]).toBeGreaterThan(0);
});

test('a recurrent model, run twice', async () => {
  const model = recurrent();
  compile(model);
  const attachment = attach(model, [sasp(), sbmp({ alpha: 0 }), cvp()]);
  await model.trainOnBatch(normal([6, 5, 2], 3), y);
  const { sasp: curvature, sbmp: divergence } = attachment.losses();
  expect(curvature?.dataSync()[0]).toBeGreaterThan(0);
  expect(divergence?.dataSync()[0]).toBe(0);
});

test('a model of two inputs: what noise goes to is not clear, what else it reads is', async () => {
  const inputs = [tfl.input({ shape: [3] }), tfl.input({ shape: [2] })];
  const both = tfl.layers.concatenate().apply(inputs) as tfl.SymbolicTensor;
  const output = tfl.layers.dense({ units: 3, activation: 'softmax' }).apply(both);
  const model = tfl.model({ inputs, outputs: output as tfl.SymbolicTensor });
  compile(model);
  expect(() => attach(model, [sbmp()])).toThrow(
    /^layers: expected `embeddings` to be the input of a model with one, .* Received: "2 inputs"/,
  );
  const attachment = attach(model, [sasp(), saspNetwork()]);
  await model.trainOnBatch([x, normal([6, 2], 4)], y);
  expect(Object.keys(attachment.losses())).toEqual(['total', 'base', 'sasp', 'saspNetwork']);
});
