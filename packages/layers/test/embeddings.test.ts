import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { trainStep } from '@toploss/core';
import { attach } from '@toploss/layers';
import { sbmp } from '@toploss/sbmp';
import { expectClose, expectThrows } from '@toploss/testing';
import { expect, test } from 'vitest';
import { sequential, twins, variablesOf } from './models.js';

const tokens = tf.tensor2d([
  [1, 2, 0],
  [3, 1, 2],
  [2, 2, 1],
  [4, 0, 0],
]);
const y = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 1, 0], 'int32'), 2), 'float32');

const reader = (maskZero = false) =>
  tfl.sequential({
    layers: [
      tfl.layers.embedding({ inputDim: 5, outputDim: 4, inputLength: 3, maskZero }),
      tfl.layers.flatten(),
      tfl.layers.dense({ units: 2, activation: 'softmax' }),
    ],
  });

const compile = (model: tfl.LayersModel) =>
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy' });

const term = () => sbmp({ lambda: 0.5, alpha: 1, seed: 4 });

// tfjs' wasm backend has no gradient of gather.
const padding = tf.getBackend() === 'wasm' ? [] : [false, true];

test.each(padding)(
  'noise goes to the output of the embedding layer; padding is masked: %s',
  async (isMasked) => {
    const [attached, written] = twins(() => reader(isMasked));
    compile(attached);
    const attachment = attach(attached, [term()]);

    const [table, w, b] = variablesOf(written) as unknown as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor1D,
    ];
    const modelFn = (e: tf.Tensor) =>
      tf.add(tf.matMul(tf.reshape(e, [4, 12]), w), b) as tf.Tensor2D;
    const step = trainStep({ optimizer: tf.train.sgd(0.1), terms: [term()] });
    for (let k = 0; k < 3; k++) {
      await attached.trainOnBatch(tokens, y);
      const losses = step(() => {
        const embeddings = tf.gather(table, tf.cast(tokens, 'int32'));
        const logits = modelFn(embeddings);
        const loss = tf.losses.softmaxCrossEntropy(y, logits) as tf.Scalar;
        const mask = tf.notEqual(tokens, 0) as tf.Tensor2D;
        return { loss, logits, modelFn, embeddings, ...(isMasked ? { mask } : {}) };
      });
      expectClose(attachment.losses().sbmp as tf.Scalar, losses.sbmp, 1e-4);
    }
    for (const [k, weight] of attached.getWeights().entries()) {
      expectClose(weight, written.getWeights()[k] as tf.Tensor, 1e-4);
    }
  },
);

test('where there are two embedding layers, or one in a model inside, noise has no place', () => {
  const input = tfl.input({ shape: [3] });
  const embedded = [1, 2].map(
    () => tfl.layers.embedding({ inputDim: 5, outputDim: 4 }).apply(input) as tfl.SymbolicTensor,
  );
  const sum = tfl.layers.add().apply(embedded) as tfl.SymbolicTensor;
  const flat = tfl.layers.flatten().apply(sum) as tfl.SymbolicTensor;
  const output = tfl.layers.dense({ units: 2, activation: 'softmax' }).apply(flat);
  const within = reader().apply(input) as tfl.SymbolicTensor;
  const last = tfl.layers.dense({ units: 2, activation: 'softmax' }).apply(within);
  const inside = tfl.model({ inputs: input, outputs: last as tfl.SymbolicTensor });
  const two = tfl.model({ inputs: input, outputs: output as tfl.SymbolicTensor });
  for (const model of [inside, two]) {
    compile(model);
    expectThrows(
      () => attach(model, [term()]),
      /^layers: expected `embeddings` to come from one embedding layer .* Received: "embedding_\w+ \(Embedding\)(, embedding_\w+ \(Embedding\))?"/,
    );
  }
});

const rows = (n: number) =>
  new RegExp(
    `^layers: expected .embeddings. to be those of the whole batch, 4, .* Received: float32 \\[${n}, 3`,
  );

test.each<[string, () => tfl.layers.Layer]>([
  ['dropout', () => tfl.layers.dropout({ rate: 0.5, inputShape: [3, 2] })],
  ['spatial dropout', () => tfl.layers.spatialDropout1d({ rate: 0.5, inputShape: [3, 2] })],
  ['dropout with a seed', () => tfl.layers.dropout({ rate: 0.5, seed: 3, inputShape: [3, 2] })],
  ['Gaussian noise', () => tfl.layers.gaussianNoise({ stddev: 1, inputShape: [3, 2] })],
  ['batch normalization', () => tfl.layers.batchNormalization({ inputShape: [3, 2] })],
])('a part of the batch is not enough for %s', (_name, layer) => {
  const model = tfl.sequential({
    layers: [layer(), tfl.layers.flatten(), tfl.layers.dense({ units: 2, activation: 'softmax' })],
  });
  compile(model);
  expectThrows(() => attach(model, [sbmp({ fraction: 0.5 })]), rows(2));
  const strange = {
    name: 'strange',
    penalty: ({ modelFn }: { modelFn(x: unknown): tf.Tensor }) =>
      tf.mean<tf.Scalar>(modelFn('words')),
  };
  expectThrows(
    () => attach(model, [strange]),
    /^layers: expected `embeddings` to be those of the whole batch, 4, .* Received: "words"/,
  );
});

test('a part of the batch is not enough where there is another input beside the embeddings', () => {
  const inputs = [tfl.input({ shape: [3] }), tfl.input({ shape: [2] })] as const;
  const embedded = tfl.layers.embedding({ inputDim: 5, outputDim: 4 }).apply(inputs[0]);
  const flat = tfl.layers.flatten().apply(embedded as tfl.SymbolicTensor) as tfl.SymbolicTensor;
  const both = tfl.layers.concatenate().apply([flat, inputs[1]]) as tfl.SymbolicTensor;
  const output = tfl.layers.dense({ units: 2, activation: 'softmax' }).apply(both);
  const model = tfl.model({ inputs: [...inputs], outputs: output as tfl.SymbolicTensor });
  compile(model);
  expectThrows(() => attach(model, [sbmp({ fraction: 0.5 })]), rows(2));
});

test('a part of the batch is enough where no layer minds', async () => {
  const model = sequential('softmax');
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
  const attachment = attach(model, [sbmp({ fraction: 0.5 })]);
  await model.trainOnBatch(tf.ones([4, 3]), tf.cast(tf.oneHot([0, 1, 2, 0], 3), 'float32'));
  expect(attachment.losses().sbmp?.dataSync()[0]).toBeGreaterThan(0);

  const minding = tfl.sequential({
    layers: [
      tfl.layers.dropout({ rate: 0.5, inputShape: [3] }),
      tfl.layers.dense({ units: 2, activation: 'softmax' }),
    ],
  });
  compile(minding);
  expectThrows(
    () => attach(minding, [sbmp({ fraction: 0.5 })]),
    /^layers: expected `embeddings` to be those of the whole batch, 4, .* Received: float32 \[2, 3\]/,
  );
});
