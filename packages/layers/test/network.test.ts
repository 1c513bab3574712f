import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { attach } from '@toploss/layers';
import { type Activation, sasp, saspNetwork } from '@toploss/sasp';
import { expectClose, expectThrows, type StackLayer, stackOf } from '@toploss/testing';
import { expect, test } from 'vitest';
import { normal, seeded, variablesOf } from './models.js';

const term = () => saspNetwork({ lambda: 1, every: 1, seed: 2, head: 'softmax' });
const layered = () => saspNetwork({ via: 'layers', head: 'softmax' });
const { dense, conv2d, flatten, activation, dropout } = tfl.layers;

type Make = (weights: tf.Tensor[]) => StackLayer[];
const byHand = (
  [kernel, bias]: readonly tf.Tensor[],
  activation?: StackLayer['activation'],
): StackLayer => ({ kernel: kernel as tf.Tensor, bias, activation });

/** Models of tf.layers, and the same by hand. */
const networks: Record<string, [shape: number[], layers: () => tfl.layers.Layer[], Make]> = {
  'images that are flattened': [
    [4, 2, 2],
    () => [
      flatten({ inputShape: [4, 2, 2] }),
      dense({ units: 4, activation: 'tanh' }),
      dense({ units: 3, activation: 'softmax' }),
    ],
    (w) => [byHand(w, 'tanh'), byHand(w.slice(2))],
  ],
  'activations that are fused, that read the pre-activation, and that are layers': [
    [5],
    () => [
      dense({ units: 4, activation: 'elu', inputShape: [5] }),
      dense({ units: 4, activation: 'swish' }),
      dense({ units: 4, activation: 'gelu' }),
      dense({ units: 4 }),
      tfl.layers.leakyReLU({ alpha: 0.2 }),
      dense({ units: 4 }),
      tfl.layers.elu(),
      dense({ units: 4 }),
      activation({ activation: 'swish' }),
      dense({ units: 3 }),
      tfl.layers.softmax(),
    ],
    (w) => [
      byHand(w, 'elu'),
      byHand(w.slice(2), 'swish'),
      byHand(w.slice(4), 'gelu'),
      byHand(w.slice(6), 'leakyRelu'),
      byHand(w.slice(8), 'elu'),
      byHand(w.slice(10), 'swish'),
      byHand(w.slice(12)),
    ],
  ],
};

const compile = (model: tfl.LayersModel) =>
  model.compile({ optimizer: tf.train.sgd(1), loss: 'categoricalCrossentropy' });

test.each(Object.entries(networks))('the curvature of %s', async (_name, [shape, layers, make]) => {
  const model = seeded(tfl.sequential({ layers: layers() }));
  const other = seeded(tfl.sequential({ layers: layers() }));
  const x = normal([4, ...shape], 3) as tf.Tensor2D;
  const labels = tf.cast(tf.oneHot([0, 1, 2, 0], 3), 'float32');
  const variables = variablesOf(other);
  const stack = stackOf(make(variables));
  const network = (input: tf.Tensor) => stack(tf.reshape(input, [4, -1]));
  const total = () => {
    const { logits, layers } = network(x);
    return tf.add(
      tf.losses.softmaxCrossEntropy(labels, logits),
      term().penalty({ logits, layers }),
    ) as tf.Scalar;
  };
  const { logits, layers: parts } = network(x);
  const expected = term().penalty({ logits, layers: parts });
  const { grads } = tf.variableGrads(total, variables);
  const before = model.getWeights().map((w) => tf.clone(w));
  compile(model);
  const attachment = attach(model, [term()]);
  await model.trainOnBatch(x, labels);
  expectClose(attachment.losses().saspNetwork as tf.Scalar, expected, 1e-4);
  for (const [k, weight] of model.getWeights().entries()) {
    const moved = tf.sub(before[k] as tf.Tensor, weight);
    expectClose(moved, grads[(variables[k] as tf.Variable).name] as tf.Tensor, 2e-3, 1e-6);
  }
});

test('what is not trained is not in it: the network begins at its first layer that is', async () => {
  const frozen = tfl.layers.batchNormalization({ inputShape: [3], trainable: false });
  const model = seeded(
    tfl.sequential({
      layers: [
        frozen,
        dense({ units: 4, activation: 'tanh' }),
        dense({ units: 3, activation: 'softmax' }),
      ],
    }),
  );
  compile(model);
  const attachment = attach(model, [term()]);
  await model.trainOnBatch(normal([4, 3], 3), tf.cast(tf.oneHot([0, 1, 2, 0], 3), 'float32'));
  expect(attachment.losses().saspNetwork?.dataSync()[0]).toBeGreaterThan(0);
});

test('the activations that are layers, as a term finds them', () => {
  const model = tfl.sequential({
    layers: [
      dense({ units: 4, inputShape: [3] }),
      tfl.layers.reLU(),
      dense({ units: 4 }),
      tfl.layers.reLU({ maxValue: 6 }),
      dense({ units: 4 }),
      // As a model of Keras has it that was saved without a largest value.
      tfl.layers.reLU({ maxValue: null as unknown as number }),
      dense({ units: 4 }),
      tfl.layers.leakyReLU({ alpha: 0.1 }),
      end(),
    ],
  });
  compile(model);
  const spy = {
    name: 'spy',
    penalty: ({ layers }: { layers: readonly object[] }) => {
      const found = layers.map((layer) => (layer as { activation?: unknown }).activation);
      const leaky = found[3] as Activation;
      expect(found).toEqual(['relu', 'relu6', 'relu', leaky, undefined]);
      expect(leaky.reads).toBe('output');
      expect(leaky.range).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
      // φ(s) = s above 0 and s/10 below; its slope there is 1 and 1/10, at an output as at its input.
      expectClose(leaky.slope(tf.tensor1d([-0.2, 3])), [0.1, 1], 1e-6);
      return tf.scalar(0);
    },
  };
  attach(model, [spy]).detach();
});

const end = () => dense({ units: 3, activation: 'softmax' });
const start = () => dense({ units: 4, inputShape: [3], activation: 'tanh' });
const image = () => conv2d({ filters: 2, kernelSize: 2, inputShape: [5, 5, 1] });
const shared = dense({ units: 4, activation: 'tanh', inputShape: [4] });

const refused: Record<string, [RegExp, () => tfl.LayersModel]> = {
  'batch normalization': [
    /batch_norm\w* \(BatchNormalization\)/,
    () => tfl.sequential({ layers: [start(), tfl.layers.batchNormalization(), end()] }),
  ],
  'a recurrent layer': [
    /lstm_LSTM\d+ \(LSTM\)/,
    () =>
      tfl.sequential({
        layers: [
          tfl.layers.lstm({ units: 4, inputShape: [5, 3], recurrentInitializer: 'glorotNormal' }),
          end(),
        ],
      }),
  ],
  'two activations in a row': [
    /\(Dense\)/,
    () => tfl.sequential({ layers: [start(), activation({ activation: 'tanh' }), end()] }),
  ],
  'dropout before an activation': [
    /\(Dropout\)/,
    () =>
      tfl.sequential({
        layers: [
          start(),
          tfl.layers.dropout({ rate: 0.5 }),
          activation({ activation: 'tanh' }),
          end(),
        ],
      }),
  ],
  'two layers of activations in a row': [
    /\(Activation\)/,
    () =>
      tfl.sequential({
        layers: [
          dense({ units: 4, inputShape: [3] }),
          activation({ activation: 'tanh' }),
          activation({ activation: 'sigmoid' }),
          end(),
        ],
      }),
  ],
  'a ReLU that ends at 5': [
    /\(ReLU\)/,
    () =>
      tfl.sequential({
        layers: [dense({ units: 4, inputShape: [3] }), tfl.layers.reLU({ maxValue: 5 }), end()],
      }),
  ],
  'a join of what is trained with what is not': [
    /\(Concatenate\)/,
    () => {
      const input = tfl.input({ shape: [3] });
      const apply = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor | tfl.SymbolicTensor[]) =>
        layer.apply(x) as tfl.SymbolicTensor;
      const both = apply(tfl.layers.concatenate(), [apply(start(), input), input]);
      return tfl.model({ inputs: input, outputs: apply(end(), both) });
    },
  ],
  'a convolution': [/\(Flatten\)/, () => tfl.sequential({ layers: [image(), flatten(), end()] })],
  'a flattening of a sequence': [
    /\(Flatten\)/,
    () => tfl.sequential({ layers: [dense({ units: 4, inputShape: [5, 3] }), flatten(), end()] }),
  ],
  'a branch': [
    /\(Add\)/,
    () => {
      const input = tfl.input({ shape: [3] });
      const apply = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor | tfl.SymbolicTensor[]) =>
        layer.apply(x) as tfl.SymbolicTensor;
      const hidden = apply(start(), input);
      const sum = apply(tfl.layers.add(), [hidden, apply(dense({ units: 4 }), hidden)]);
      return tfl.model({ inputs: input, outputs: apply(end(), sum) });
    },
  ],
  'a layer used twice': [
    /\(Dense\)/,
    () => {
      const input = tfl.input({ shape: [4] });
      const apply = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor) =>
        layer.apply(x) as tfl.SymbolicTensor;
      const output = apply(end(), apply(shared, apply(shared, input)));
      return tfl.model({ inputs: input, outputs: output });
    },
  ],
};

test.each(Object.entries(refused))('%s has no closed form', (_name, [received, make]) => {
  const model = make();
  compile(model);
  expectThrows(
    () => attach(model, [layered()]),
    new RegExp(
      `^layers: expected \`layers\` to be a stack of dense layers .*; leave out .via. for weight noise, which works with any layer\\. Received: ".*${received.source}"\\.$`,
    ),
  );
});

/** What \`sasp\` refuses as well. */
const headless: Record<string, [RegExp, () => tfl.LayersModel]> = {
  'logits with an activation of their own': [
    /\(Dense\)/,
    () =>
      tfl.sequential({
        layers: [start(), dense({ units: 3, activation: 'tanh' }), tfl.layers.softmax()],
      }),
  ],
  'logits with an activation that is fused': [
    /\(Dense\)/,
    () =>
      tfl.sequential({
        layers: [start(), dense({ units: 3, activation: 'relu' }), tfl.layers.softmax()],
      }),
  ],
  'logits with an activation that is a layer': [
    /\(Activation\)/,
    () =>
      tfl.sequential({
        layers: [
          start(),
          dense({ units: 3 }),
          activation({ activation: 'tanh' }),
          tfl.layers.softmax(),
        ],
      }),
  ],
  'logits that are dropped': [
    /\(Dropout\)/,
    () =>
      tfl.sequential({
        layers: [start(), dense({ units: 3 }), dropout({ rate: 0.5 }), tfl.layers.softmax()],
      }),
  ],
  'logits of a convolution': [
    /\(Conv2D\)/,
    () => tfl.sequential({ layers: [image(), activation({ activation: 'softmax' })] }),
  ],
};

test.each(Object.entries(headless))('%s are refused', (_name, [received, make]) => {
  const model = make();
  compile(model);
  expectThrows(
    () => attach(model, [layered()]),
    new RegExp(
      `^layers: expected \`layers\` to end in a dense layer that makes the logits, .* Received: ".*${received.source}"\\.$`,
    ),
  );
  expectThrows(() => attach(model, [sasp({ head: 'softmax' })]), /^layers: expected `features` /);
});

test('logits of more than one row for each example are refused', () => {
  const model = tfl.sequential({
    layers: [dense({ units: 4, inputShape: [5, 3] }), end()],
  });
  compile(model);
  expectThrows(
    () => attach(model, [layered()]),
    /^layers: expected `layers` to make logits \[B, C\]; leave out `via` for weight noise, .* Received: float32 \[4, 5, 3\]/,
  );
});
