import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { composite } from '@toploss/composite';
import type { Term } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import { type AttachOptions, attach, batchLoss } from '@toploss/layers';
import { sasp } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { expectClose, expectThrows, onDevice } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { functional, normal, seeded, sequential, twins, valuesOf } from './models.js';

const x = normal([6, 3], 11);
const y = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32'), 3), 'float32');

function compile<M extends tfl.LayersModel>(model: M, loss = 'categoricalCrossentropy'): M {
  model.compile({ optimizer: tf.train.sgd(0.1), loss, metrics: ['accuracy'] });
  return model;
}

describe('what cannot work is an error when attached, and changes nothing', () => {
  const { dense } = tfl.layers;
  const inside = () => {
    const input = tfl.input({ shape: [3] });
    const output = sequential('softmax').apply(input) as tfl.SymbolicTensor;
    return tfl.model({ inputs: input, outputs: output });
  };
  const pooled = () =>
    tfl.sequential({
      layers: [
        tfl.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [4, 4, 1] }),
        tfl.layers.globalAveragePooling2d({}),
        tfl.layers.softmax(),
      ],
    });
  const tanh = () =>
    tfl.sequential({ layers: [dense({ units: 3, activation: 'tanh', inputShape: [3] })] });
  const squashed = (activation: 'tanh' | 'relu') =>
    tfl.sequential({
      layers: [dense({ units: 3, activation, inputShape: [3] }), tfl.layers.softmax()],
    });
  const convolved = () =>
    tfl.sequential({
      layers: [
        tfl.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [4, 4, 1] }),
        tfl.layers.activation({ activation: 'softmax' }),
      ],
    });
  const stateful = () =>
    tfl.sequential({
      layers: [
        tfl.layers.simpleRNN({
          units: 2,
          stateful: true,
          batchInputShape: [2, 4, 3],
          recurrentInitializer: 'glorotNormal',
        }),
        dense({ units: 3, activation: 'softmax' }),
      ],
    });
  const unknown = {
    name: 'unknown',
    penalty: (inputs: { words: string }) => tf.scalar(inputs.words.length),
  };
  const reader = {
    name: 'reader',
    penalty: ({ features }: { features: tf.Tensor }) => tf.mean(features),
  };
  const greedy = {
    name: 'greedy',
    penalty: ({ grads }: { grads: tf.NamedTensorMap }) => grads.w as tf.Scalar,
  };
  const moody = {
    name: 'moody',
    decouple: () => {
      throw new Error('not today');
    },
  };

  type Case = [RegExp, () => unknown, readonly unknown[], AttachOptions?];
  test.each<[string, ...Case]>([
    ['no model', /^layers: expected `model` to be a tf.LayersModel/, () => ({}), []],
    ['nothing', /^layers: expected `model` to be a tf.LayersModel/, () => undefined, []],
    [
      'a model that is not compiled',
      /^layers: expected `model` to be compiled/,
      () => functional('softmax'),
      [],
    ],
    [
      'a Sequential that is not compiled',
      /^layers: expected `model` to be/,
      () => sequential('softmax'),
      [],
    ],
    [
      'no terms',
      /^layers: expected `terms` to be an array/,
      () => compile(sequential('softmax')),
      undefined as never,
    ],
    [
      'a term that is not in an array',
      /^layers: expected `terms` to be an array of terms. Received: an object with { name, lambda, penalty }/,
      () => compile(sequential('softmax')),
      sasp() as never,
    ],
    [
      'what is no term',
      /^layers: expected `terms\[0\]`/,
      () => compile(sequential('softmax')),
      [{}],
    ],
    [
      'null among the terms',
      /^layers: expected `terms\[0\]`/,
      () => compile(sequential('softmax')),
      [null],
    ],
    [
      'two terms of one name',
      /^core.trainStep: expected `terms` to have names/,
      () => compile(sequential('softmax')),
      [sasp(), sasp()],
    ],
    [
      'a term of the name of a metric',
      /^layers: expected `terms` to have names .* Received: "acc"/,
      () => compile(sequential('softmax')),
      [{ ...sasp(), name: 'acc' }],
    ],
    [
      'a part of a composition of the name of a metric',
      /^layers: expected `terms` to have names .* Received: "acc"/,
      () => compile(sequential('softmax')),
      [composite([{ ...sasp(), name: 'acc' }])],
    ],
    ...['batch', 'size', 'val_sasp'].map((name): [string, ...Case] => [
      `a term of the name ${name}, of which the history has its own`,
      new RegExp(
        `^layers: expected .terms. to have names of their own, none of them batch, size, loss, acc or val_…\\. Received: "${name}"`,
      ),
      () => compile(sequential('softmax')),
      [{ ...sasp(), name }],
    ]),
    [
      'an unknown option',
      /^layers: expected `options` to have keys among/,
      () => compile(sequential('softmax')),
      [],
      { outputs: 'a' } as never,
    ],
    ...[[x], x, 'xy'].map((batch): [string, ...Case] => [
      'a batch that is no pair',
      /^layers: expected `batch` to be an array of inputs and targets, \[x, y\]/,
      () => compile(sequential('softmax')),
      [],
      { batch: batch as never },
    ]),
    [
      'an output that is no name and no number',
      /^layers: expected `output` to be the name of an output, or its number\. Received: true\./,
      () => compile(sequential('softmax')),
      [],
      { output: true as never },
    ],
    [
      'an output that is none',
      /^layers: expected `output` to be one of/,
      () => compile(sequential('softmax')),
      [],
      { output: 'a' },
    ],
    [
      'the head of a model inside the model',
      /^layers: expected `features` to be the input of a dense layer .* Received: "sequential_\d+ \(Sequential\)"/,
      () => compile(inside()),
      [sasp()],
    ],
    [
      'features that are no input of a dense layer',
      /^layers: expected `features` to be the input of a dense layer .* Received: "global_\w+ \(GlobalAveragePooling2D\)"/,
      () => compile(pooled()),
      [sasp()],
    ],
    [
      'features under a convolution',
      /^layers: expected `features` .* Received: "conv2d_\w+ \(Conv2D\)"/,
      () => compile(convolved()),
      [reader],
    ],
    // z = φ(h W + b), not h W + b.
    ...(['tanh', 'relu'] as const).map((activation): [string, ...Case] => [
      `features under logits that end in ${activation}`,
      /^layers: expected `features` .* Received: "dense_\w+ \(Dense\)"/,
      () => compile(squashed(activation)),
      [sasp()],
    ]),
    [
      'logits that are squashed',
      /^layers: expected `features` .* Received: "dense_\w+ \(Dense\)"/,
      () => compile(tanh(), 'meanSquaredError'),
      [sasp()],
    ],
    [
      'another head than that of the model',
      /^sasp: expected `head` to be "sigmoid"/,
      () => compile(sequential('sigmoid'), 'binaryCrossentropy'),
      [sasp({ head: 'softmax' })],
    ],
    [
      'a divergence of another head than that of the model',
      /^sbmp: expected `head` to be "sigmoid"/,
      () => compile(sequential('sigmoid'), 'binaryCrossentropy'),
      [sbmp({ head: 'softmax' })],
    ],
    [
      'a state between batches',
      /^layers: expected `model` to keep no state .* Received: "a stateful layer"/,
      () => compile(stateful()),
      [cvp()],
    ],
    [
      'an input that no model has',
      /^layers: a step with these terms fails: .*reading 'length'.*\n.*made up from the shapes/,
      () => compile(sequential('softmax')),
      [unknown],
    ],
    [
      'gradients in the loss',
      /^layers: expected `grads` to be read by a correction, .* Received: "a penalty"/,
      () => compile(sequential('softmax')),
      [greedy],
    ],
    [
      'the cosine without the loss',
      /^dmta: expected `loss` to be a function/,
      () => compile(sequential('softmax')),
      [dmta({ mode: 'cosine' })],
    ],
    [
      'a batch of other shapes',
      /^layers: expected `batch` to be x and y as .* each example has shape \[3\]/,
      () => compile(sequential('softmax')),
      [],
      { batch: [normal([2, 4], 1), normal([2, 3], 1)] },
    ],
    ['a decoupled term that fails', /not today/, () => compile(sequential('softmax')), [moody]],
  ])('%s', (_name, message, make, terms, options) => {
    const model = make() as tfl.LayersModel;
    const state = () => [
      model && Object.keys(model),
      Object.keys((model as unknown as { model?: object })?.model ?? {}),
      model instanceof tfl.LayersModel && model.getWeights().map((w) => Array.from(w.dataSync())),
    ];
    const before = state();
    expectThrows(() => attach(model, terms as Term[], options), message);
    expect(state()).toEqual(before);
  });
});

test('two calls of attach are one too many', () => {
  const model = compile(sequential('softmax'));
  const { detach } = attach(model, [sasp()]);
  expectThrows(
    () => attach(model, [cvp()]),
    /^layers: expected `model` to have nothing attached: .* Received: "a model with terms attached"/,
  );
  detach();
  attach(model, [cvp()]).detach();
});

test('terms are attached between calls of fit, not in one, and may be detached in one', async () => {
  const [plain, model] = twins(() => sequential('softmax'));
  compile(plain);
  compile(model);
  const args = { batchSize: 3, shuffle: false, verbose: 0 as const };
  const { history } = await plain.fit(x, y, {
    ...args,
    callbacks: {
      onEpochBegin: async () => {
        expectThrows(
          () => attach(plain, []),
          /^layers: expected `model` not to be in `fit`: .* Received: "a model that is being trained"/,
        );
      },
    },
  });
  expect(history.loss).toHaveLength(1);

  const attachment = attach(model, [sasp({ lambda: 0 })]);
  await model.fit(x, y, {
    ...args,
    callbacks: { onBatchEnd: async () => attachment.detach() },
  });
  expect(valuesOf(model)).toEqual(valuesOf(plain));
});

test('detached before its first step, a call of fit trains as without terms', async () => {
  const [plain, model] = twins(() => sequential('softmax'));
  compile(plain);
  compile(model);
  const args = { batchSize: 3, shuffle: false, verbose: 0 as const };
  await plain.fit(x, y, args);
  const attachment = attach(model, [sasp({ lambda: 1 })]);
  await model.fit(x, y, {
    ...args,
    callbacks: { onTrainBegin: async () => attachment.detach() },
  });
  expect(valuesOf(model)).toEqual(valuesOf(plain));
});

test('what a model or a layer has been given instead of a method is there after it', async () => {
  const model = compile(sequential('softmax'));
  const layer = model.layers[0] as tfl.layers.Layer;
  let calls = 0;
  const { call } = layer;
  const counted: typeof call = (inputs, kwargs) => {
    calls += 1;
    return call.call(layer, inputs, kwargs);
  };
  layer.call = counted;
  const compileMine = (args: tfl.ModelCompileArgs) =>
    tfl.Sequential.prototype.compile.call(model, args);
  model.compile = compileMine;
  const attachment = attach(model, [sasp()]);
  calls = 0;
  await model.trainOnBatch(x, y);
  expect(calls).toBe(1);
  expect(layer.call).toBe(counted);
  attachment.detach();
  expect(model.compile).toBe(compileMine);
});

test.each([
  ['meanSquaredError', 'linear', 'softmax'],
  [tf.losses.meanSquaredError, 'linear', 'softmax'],
  [tf.losses.softmaxCrossEntropy, 'softmax', 'sigmoid'],
  [tf.losses.sigmoidCrossEntropy, 'sigmoid', 'softmax'],
] as const)(
  'where nothing ends the logits, the loss says how they predict: %#',
  (loss, is, head) => {
    const model = sequential('linear');
    model.compile({ optimizer: 'sgd', loss: loss as string });
    expectThrows(
      () => attach(model, [sasp({ head })]),
      new RegExp(`^sasp: .*head.* to be "${is}"`),
    );
    attach(model, [sasp({ head: is })]);
  },
);

test.each([
  ['Sequential', sequential],
  ['functional', functional],
])('compile attaches the terms again, to a %s model', async (_name, make) => {
  const model = compile(make('softmax'));
  const seen: number[] = [];
  const attachment = attach(model, [
    sasp({
      lambda: (step) => {
        seen.push(step);
        return 0.5;
      },
    }),
  ]);
  await model.trainOnBatch(x, y);
  await model.trainOnBatch(x, y);
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
  await model.trainOnBatch(x, y);
  expect(seen).toEqual([0, 0, 1, 0, 0]); // each 0 before a 0 is a trial
  expect(attachment.losses().sasp?.dataSync()[0]).toBeGreaterThan(0);
  attachment.detach();
  await model.trainOnBatch(x, y);
  expect(seen).toHaveLength(5);
});

test('compile with what does not fit throws, and leaves a compiled model without terms', async () => {
  const model = compile(sequential('softmax'));
  attach(model, [{ ...sasp(), name: 'mse' }]);
  expect(() =>
    model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy', metrics: ['mse'] }),
  ).toThrow(/^layers: expected `terms` to have names/);
  const { history } = await model.fit(x, y, { verbose: 0 });
  expect(Object.keys(history).sort()).toEqual(['loss', 'mse']);
});

test('another optimizer, given to the model, takes the next step', async () => {
  const [model, other] = twins(() => sequential('softmax'));
  compile(model);
  attach(model, [cvp({ decoupled: true, lambda: 0 })]);
  model.optimizer = tf.train.sgd(0.7);
  other.compile({ optimizer: tf.train.sgd(0.7), loss: 'categoricalCrossentropy' });
  await model.trainOnBatch(x, y);
  await other.trainOnBatch(x, y);
  expect(valuesOf(model)).toEqual(valuesOf(other));
});

test('two models that share layers, one with terms: each trains in its own way', async () => {
  const input = tfl.input({ shape: [3] });
  const apply = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor) =>
    layer.apply(x) as tfl.SymbolicTensor;
  const hidden = apply(tfl.layers.dense({ units: 4, activation: 'tanh' }), input);
  const [first, second] = [1, 2].map(() =>
    compile(
      tfl.model({
        inputs: input,
        outputs: apply(tfl.layers.dense({ units: 3, activation: 'softmax' }), hidden),
      }),
    ),
  ) as [tfl.LayersModel, tfl.LayersModel];
  const one = attach(first, [sasp({ lambda: 1 })]);
  await second.trainOnBatch(x, y);
  expect(one.losses()).toEqual({});
  const two = attach(second, [sasp({ lambda: 2 })]);
  await first.trainOnBatch(x, y);
  one.detach();
  await second.trainOnBatch(x, y);
  expect(Object.keys(two.losses())).toEqual(['total', 'base', 'sasp']);
  two.detach();
});

test('the loss of the batch is there in a step of its model alone', async () => {
  const model = compile(sequential('softmax'));
  const loss = batchLoss(model);
  expectThrows(
    loss,
    /^layers.batchLoss: expected `model` to be in a step of training\. Received: "a model that is not"/,
  );
  expectThrows(() => batchLoss({} as tfl.LayersModel), /^layers: expected `model`/);
});

test('a term that throws in a step moves nothing, and the next step is taken', async () => {
  const model = compile(sequential('softmax'));
  let isBad = false;
  const term = {
    name: 'moody',
    penalty: () => {
      if (isBad) {
        throw new Error('not today');
      }
      return tf.scalar(1);
    },
  };
  attach(model, [term]);
  const before = valuesOf(model);
  isBad = true;
  await expect(model.trainOnBatch(x, y)).rejects.toThrow('not today');
  expect(valuesOf(model)).toEqual(before);
  expect(model.layers.map((layer) => Object.hasOwn(layer, 'call'))).toEqual([false, false]);
  isBad = false;
  await model.trainOnBatch(x, y);
  expect(valuesOf(model)).not.toEqual(before);
});

test('what observes is given the logits and the targets of the step', async () => {
  const model = compile(sequential('softmax'));
  const seen: number[] = [];
  const monitor = {
    name: 'monitor',
    observe: ({
      logits,
      targets,
      features,
      head,
    }: Record<'logits' | 'targets' | 'features', tf.Tensor> & { head?: string }) => {
      expect(head).toBe('softmax');
      expect(features.shape).toEqual([6, 4]);
      const right = tf.equal(tf.argMax(logits, 1), tf.argMax(targets, 1));
      seen.push(tf.mean(tf.cast(right, 'float32')).dataSync()[0] as number);
    },
    getState: () => ({}),
    setState: () => {},
    dispose: () => {},
  };
  attach(model, [monitor, cvp()]);
  expect(seen).toEqual([]);
  const [, accuracy] = (await model.trainOnBatch(x, y)) as [number, number];
  expectClose(seen, [accuracy], 1e-6);
});

test('saved with its optimizer and loaded, a model goes on as it would have', async () => {
  const model = seeded(sequential('softmax'));
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const terms = () => [sasp({ lambda: 0.1 }), cvp({ lambda: 0.1, decoupled: true })];
  attach(model, terms());
  await model.trainOnBatch(x, y);
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
    { includeOptimizer: true },
  );
  const loaded = await tfl.loadLayersModel(tf.io.fromMemory(saved as tf.io.ModelArtifacts));
  attach(loaded, terms());
  // A device may round otherwise what was written to it.
  const expectAlike = (a: unknown, b: unknown) =>
    onDevice() ? expectClose(a as number[], b as number[], 1e-5) : expect(a).toEqual(b);
  for (let k = 0; k < 3; k++) {
    expectAlike(await loaded.trainOnBatch(x, y), await model.trainOnBatch(x, y));
  }
  expectAlike(valuesOf(loaded).flat(), valuesOf(model).flat());
});
