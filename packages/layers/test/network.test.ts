import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { attach } from '@toploss/layers';
import { leakyRelu, type SequentialLayer, sasp, saspNetwork, sequential } from '@toploss/sasp';
import { expectClose, expectThrows } from '@toploss/testing';
import { expect, test } from 'vitest';
import { normal, seeded, variablesOf } from './models.js';

const term = () => saspNetwork({ lambda: 1, seed: 2, fraction: 1, head: 'softmax' });
const layered = () => saspNetwork({ via: 'layers', head: 'softmax' });
const { dense, conv2d, maxPooling2d, averagePooling2d, flatten, reshape, activation, dropout } =
  tfl.layers;

type Make = (weights: tf.Tensor[]) => SequentialLayer[];
const [K, W] = [
  (k: tf.Tensor | undefined) => k as tf.Tensor4D,
  (w: tf.Tensor | undefined) => w as tf.Tensor2D,
];
const B = (b: tf.Tensor | undefined) => b as tf.Tensor1D;

/** Models of tf.layers, and the same as `sequential` of @toploss/sasp has them. */
const networks: Record<string, [shape: number[], layers: () => tfl.layers.Layer[], Make]> = {
  'convolutions with pools': [
    [8, 8, 2],
    () => [
      conv2d({
        filters: 3,
        kernelSize: 3,
        activation: 'tanh',
        padding: 'same',
        inputShape: [8, 8, 2],
      }),
      maxPooling2d({ poolSize: 2 }),
      conv2d({ filters: 4, kernelSize: 2, strides: 2 }),
      activation({ activation: 'sigmoid' }),
      averagePooling2d({ poolSize: 2 }),
      flatten(),
      dense({ units: 3, activation: 'softmax' }),
    ],
    ([k1, b1, k2, b2, w, b]) => [
      { kernel: K(k1), bias: B(b1), activation: 'tanh', pad: 'same' },
      { pool: 'max', size: 2 },
      { kernel: K(k2), bias: B(b2), strides: 2, activation: 'sigmoid' },
      { pool: 'avg', size: 2 },
      { kernel: W(w), bias: B(b) },
    ],
  ],
  'convolutions whose slope reads the pre-activation, flattened by a reshape': [
    [4, 4, 2],
    () => [
      conv2d({ filters: 3, kernelSize: 2, activation: 'swish', inputShape: [4, 4, 2] }),
      reshape({ targetShape: [27] }),
      dense({ units: 3, activation: 'softmax' }),
    ],
    ([k, c, w, b]) => [
      { kernel: K(k), bias: B(c), activation: 'swish' },
      { kernel: W(w), bias: B(b) },
    ],
  ],
  'activations that are fused, that read the pre-activation, and that are layers': [
    [5],
    () => [
      dense({ units: 4, activation: 'elu', inputShape: [5] }),
      dense({ units: 4, activation: 'swish' }),
      dense({ units: 4, activation: 'gelu' }),
      dense({ units: 4 }),
      tfl.layers.leakyReLU({ alpha: 0.1 }),
      dense({ units: 4 }),
      tfl.layers.elu(),
      dense({ units: 4 }),
      activation({ activation: 'swish' }),
      dense({ units: 3 }),
      tfl.layers.softmax(),
    ],
    ([w1, b1, w2, b2, w3, b3, w4, b4, w5, b5, w6, b6, w7, b7]) => [
      { kernel: W(w1), bias: B(b1), activation: 'elu' },
      { kernel: W(w2), bias: B(b2), activation: 'swish' },
      { kernel: W(w3), bias: B(b3), activation: 'gelu' },
      { kernel: W(w4), bias: B(b4), activation: leakyRelu(0.1) },
      { kernel: W(w5), bias: B(b5), activation: 'elu' },
      { kernel: W(w6), bias: B(b6), activation: 'swish' },
      { kernel: W(w7), bias: B(b7) },
    ],
  ],
};

const compile = (model: tfl.LayersModel) =>
  model.compile({ optimizer: tf.train.sgd(1), loss: 'categoricalCrossentropy' });

// tfjs' wasm backend has no gradient of a convolution by its filter.
const trainable = Object.entries(networks).filter(
  ([name]) => tf.getBackend() !== 'wasm' || !name.startsWith('convolutions'),
);

test.each(trainable)('the curvature of %s', async (_name, [shape, layers, make]) => {
  const model = seeded(tfl.sequential({ layers: layers() }));
  const other = seeded(tfl.sequential({ layers: layers() }));
  const x = normal([4, ...shape], 3) as tf.Tensor2D;
  const labels = tf.cast(tf.oneHot([0, 1, 2, 0], 3), 'float32');
  const variables = variablesOf(other);
  const network = sequential(make(variables));
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
      const leaky = found[3] as ReturnType<typeof leakyRelu>;
      expect(found).toEqual(['relu', 'relu6', 'relu', leaky, undefined]);
      expect(leaky.reads).toBe('output');
      expect(leaky.range).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
      // φ(s) = s above 0 and s/10 below; its slope there is 1 and 1/10, at an output as at its input.
      const a = leaky.apply(tf.tensor1d([-2, 3]));
      expectClose(a, [-0.2, 3], 1e-6);
      expectClose(leaky.slope(a), [0.1, 1], 1e-6);
      return tf.scalar(0);
    },
  };
  attach(model, [spy]).detach();
});

const end = () => dense({ units: 3, activation: 'softmax' });
const start = () => dense({ units: 4, inputShape: [3], activation: 'tanh' });
/** A convolution that makes [4, 4, 2] of [5, 5, 1], and of the like. */
const image = (args: Partial<Parameters<typeof conv2d>[0]> = {}) =>
  conv2d({ filters: 2, kernelSize: 2, inputShape: [5, 5, 1], ...args });
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
  'global pooling': [
    /\(GlobalAveragePooling2D\)/,
    () => tfl.sequential({ layers: [image(), tfl.layers.globalAveragePooling2d({}), end()] }),
  ],
  'images of another shape': [
    /\(Reshape\)/,
    () =>
      tfl.sequential({
        layers: [
          image(), // [4, 4, 2]
          reshape({ targetShape: [2, 8, 2] }),
          conv2d({ filters: 2, kernelSize: 1 }),
          flatten(),
          end(),
        ],
      }),
  ],
  'a flattening of a sequence': [
    /\(Flatten\)/,
    () => tfl.sequential({ layers: [dense({ units: 4, inputShape: [5, 3] }), flatten(), end()] }),
  ],
  'a convolution with its channels first': [
    /\(Conv2D\)/,
    () =>
      tfl.sequential({
        layers: [image({ inputShape: [1, 5, 5], dataFormat: 'channelsFirst' }), flatten(), end()],
      }),
  ],
  'a pool with its channels first': [
    /\(MaxPooling2D\)/,
    () =>
      tfl.sequential({
        layers: [
          image(),
          maxPooling2d({ poolSize: 2, dataFormat: 'channelsFirst' }),
          flatten(),
          end(),
        ],
      }),
  ],
  'a flattening with its channels first': [
    /\(Flatten\)/,
    () => tfl.sequential({ layers: [image(), flatten({ dataFormat: 'channelsFirst' }), end()] }),
  ],
  'a convolution with gaps along one axis': [
    /\(Conv2D\)/,
    () => tfl.sequential({ layers: [image({ dilationRate: [1, 2] }), flatten(), end()] }),
  ],
  'a transposed convolution': [
    /\(Conv2DTranspose\)/,
    () =>
      tfl.sequential({
        layers: [
          image(),
          tfl.layers.conv2dTranspose({ filters: 2, kernelSize: 2 }),
          flatten(),
          end(),
        ],
      }),
  ],
  'a pool that pads': [
    /\(MaxPooling2D\)/,
    () =>
      tfl.sequential({
        layers: [image(), maxPooling2d({ poolSize: 3, padding: 'same' }), flatten(), end()],
      }),
  ],
  'an activation of a pool': [
    /\(MaxPooling2D\)/,
    () =>
      tfl.sequential({
        layers: [
          image(),
          maxPooling2d({ poolSize: 2 }),
          activation({ activation: 'tanh' }),
          flatten(),
          end(),
        ],
      }),
  ],
  'a pool that overlaps': [
    /\(MaxPooling2D\)/,
    () =>
      tfl.sequential({
        layers: [
          conv2d({ filters: 2, kernelSize: 2, inputShape: [8, 8, 1] }),
          maxPooling2d({ poolSize: 3, strides: 2 }),
          flatten(),
          end(),
        ],
      }),
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
      `^layers: expected \`layers\` that saspNetwork supports, a chain of dense, conv2d and pooling layers .*; leave out .via. for weight noise, which works with any layer\\. Received: ".*${received.source}"\\.$`,
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
