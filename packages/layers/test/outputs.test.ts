import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { trainStep } from '@toploss/core';
import { dmta } from '@toploss/dmta';
import { attach, batchLoss } from '@toploss/layers';
import { lossesAndProxies, nger, ntkProxies } from '@toploss/nger';
import { sasp, saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { expectClose, expectThrows } from '@toploss/testing';
import { expect, test, vi } from 'vitest';
import { normal, twins, variablesOf } from './models.js';

const x = normal([6, 3], 11) as tf.Tensor2D;
const labels = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 0, 0, 1, 1], 'int32'), 2), 'float32');
const values = normal([6, 1], 12) as tf.Tensor2D;

/** A trunk of 4 tanh, and two heads: a class and a value. */
function twoOutputs(args: Partial<Parameters<typeof tfl.layers.dense>[0]> = {}): tfl.LayersModel {
  const input = tfl.input({ shape: [3] });
  const apply = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor) =>
    layer.apply(x) as tfl.SymbolicTensor;
  const trunk = apply(tfl.layers.dense({ units: 4, activation: 'tanh', ...args }), input);
  const outputs = [
    apply(tfl.layers.dense({ units: 2, activation: 'softmax', name: unique('class') }), trunk),
    apply(tfl.layers.dense({ units: 1, name: unique('value') }), trunk),
  ];
  return tfl.model({ inputs: input, outputs });
}

let count = 0;
function unique(name: string): string {
  count += 1;
  return `${name}${count}`;
}

const compile = (model: tfl.LayersModel) =>
  model.compile({
    optimizer: tf.train.sgd(0.1),
    loss: ['categoricalCrossentropy', 'meanSquaredError'],
  });

/** The model written out: the losses of its outputs from the trunk, and the trunk. */
function written(model: tfl.LayersModel) {
  const [w, b, w1, b1, w2, b2] = variablesOf(model) as unknown as tf.Tensor2D[];
  const linear = (h: tf.Tensor, w: unknown, b: unknown) =>
    tf.add(tf.matMul(h as tf.Tensor2D, w as tf.Tensor2D), b as tf.Tensor);
  const trunk = () => tf.tanh(linear(x, w, b));
  const heads = (h: tf.Tensor): tf.Scalar[] => [
    tf.losses.softmaxCrossEntropy(labels, linear(h, w1, b1)),
    tf.losses.meanSquaredError(values, linear(h, w2, b2)),
  ];
  return { trunk, heads };
}

test('nger weighs the losses of the outputs as it does written out', async () => {
  const [attached, other] = twins(twoOutputs);
  compile(attached);
  const [weighting, expected] = [nger({ tasks: 2, window: 5 }), nger({ tasks: 2, window: 5 })];
  const attachment = attach(attached, [weighting]);
  const { trunk, heads } = written(other);
  const step = trainStep({ optimizer: tf.train.sgd(0.1), terms: [expected] });
  for (let k = 0; k < 6; k++) {
    const [loss] = (await attached.trainOnBatch(x, [labels, values])) as number[];
    const { base } = step(() => {
      const inputs = lossesAndProxies(heads, trunk());
      return { loss: expected.loss(inputs), ...inputs };
    });
    expectClose(loss as number, base, 1e-4);
    expectClose(weighting.weights(), expected.weights(), 1e-3);
  }
  expect(Object.keys(attachment.losses())).toEqual(['total', 'base']);
  for (const [k, weight] of attached.getWeights().entries()) {
    expectClose(weight, other.getWeights()[k] as tf.Tensor, 1e-3);
  }
});

test('the history has the weights by output', async () => {
  const model = twoOutputs();
  compile(model);
  const weighting = nger({ tasks: 2, floor: [0, 0] });
  attach(model, [weighting]);
  const { history } = await model.fit(x, [labels, values], { epochs: 2, batchSize: 6, verbose: 0 });
  const [first, second] = model.outputNames.map((name) => history[`nger_${name}`] as number[]);
  expectClose(
    (first as number[]).map((w, k) => w + (second?.[k] as number)),
    [1, 1],
    1e-6,
  );
  expectClose([first?.[1], second?.[1]] as number[], weighting.weights(), 1e-6);
  expect(Object.keys(history)).toContain(`${model.outputNames[0]}_loss`);
});

test('the loss again, for DMTA, has the weights of the step', async () => {
  const model = twoOutputs();
  compile(model);
  const again = batchLoss(model);
  const seen: number[] = [];
  const term = {
    name: 'again',
    correct: (grads: tf.NamedTensorMap) => {
      seen.push(again().dataSync()[0] as number);
      return grads;
    },
  };
  const attachment = attach(model, [nger({ tasks: 2 }), term, dmta({ mu: 0.5 })]);
  await model.trainOnBatch(x, [labels, values]);
  await model.trainOnBatch(x, [labels, values]);
  expectClose(seen.at(-1) as number, attachment.losses().base as tf.Scalar, 1e-6);
});

test('the losses of regularizers are in the loss beside those that nger weighs, with weight 1', async () => {
  const model = twoOutputs({ kernelRegularizer: tfl.regularizers.l2({ l2: 0.5 }) });
  compile(model);
  const again = batchLoss(model);
  const weighting = nger({ tasks: 2 });
  let losses: number[] = [];
  const spy = {
    name: 'spy',
    penalty: ({ taskLosses }: { taskLosses: tf.Scalar[] }) => {
      losses = taskLosses.map((loss) => loss.dataSync()[0] as number);
      return tf.scalar(0);
    },
  };
  let repeated = 0;
  const repeat = {
    name: 'repeat',
    correct: (grads: tf.NamedTensorMap) => {
      repeated = again().dataSync()[0] as number;
      return grads;
    },
  };
  const attachment = attach(model, [weighting, spy, repeat]);
  const kernel = tf.clone(model.getWeights()[0] as tf.Tensor);
  await model.trainOnBatch(x, [labels, values]);
  // L = Σ wₜ ℓₜ + ½ ‖W‖²
  const weights = Array.from(weighting.weights().dataSync());
  const sum = weights.reduce((total, w, task) => total + w * (losses[task] as number), 0);
  const penalty = tf.mul(0.5, tf.sum(tf.square(kernel))).dataSync()[0] as number;
  expectClose(attachment.losses().base as tf.Scalar, sum + penalty, 1e-5);
  expectClose(repeated, sum + penalty, 1e-5);
});

test('a term that has weights of its own, but no loss, is no weighting', () => {
  const model = twoOutputs();
  compile(model);
  const term = { name: 'mine', weights: [1, 2], penalty: () => tf.scalar(0) };
  attach(model, [term, nger({ tasks: 2 })]).detach();
});

test('class weights of an output weigh its loss for nger too', async () => {
  const [heavy, light] = twins(twoOutputs);
  const taskLossesWith = async (model: tfl.LayersModel, weight: number) => {
    model.compile({
      optimizer: tf.train.sgd(0),
      loss: ['categoricalCrossentropy', 'meanSquaredError'],
    });
    let seen: number[] = [];
    const weighting = nger({ tasks: 2 });
    const spy = {
      ...weighting,
      loss: (inputs: Parameters<typeof weighting.loss>[0]) => {
        seen = (inputs.taskLosses as tf.Scalar[]).map((loss) => loss.dataSync()[0] as number);
        return weighting.loss(inputs);
      },
    };
    attach(model, [spy]);
    const classWeight = { [model.outputNames[0] as string]: { 0: weight, 1: weight } };
    await model.fit(x, [labels, values], { batchSize: 6, verbose: 0, classWeight });
    return seen;
  };
  const [a, b] = [await taskLossesWith(heavy, 3), await taskLossesWith(light, 1)];
  expectClose(a, [3 * (b[0] as number), b[1] as number], 1e-6);
});

test('proxies are by the tensors where the ways of the outputs part', async () => {
  const tanh = (units: number) => tfl.layers.dense({ units, activation: 'tanh' });
  const [trunk, own, deep, first, second] = [tanh(4), tanh(2), tanh(3), tanh(1), tanh(1)];
  const input = tfl.input({ shape: [3] });
  const h = trunk.apply(input) as tfl.SymbolicTensor;
  // One head has a layer more, the other an input of its own.
  const both = [h, own.apply(input)] as tfl.SymbolicTensor[];
  const concatenated = tfl.layers.concatenate().apply(both) as tfl.SymbolicTensor;
  const outputs = [
    first.apply(deep.apply(h) as tfl.SymbolicTensor),
    second.apply(concatenated),
  ] as tfl.SymbolicTensor[];
  const seen = await proxiesOf(tfl.model({ inputs: input, outputs }), x);

  const heads = (h: tf.Tensor): tf.Scalar[] =>
    [
      first.apply(deep.apply(h) as tf.Tensor),
      second.apply(tf.concat([h, own.apply(x) as tf.Tensor], 1)),
    ].map((prediction) => tf.losses.meanSquaredError(values, prediction as tf.Tensor));
  expectClose(seen, ntkProxies(heads, trunk.apply(x) as tf.Tensor), 1e-4);
});

/** What nger is given as proxies in a step with `values` as the targets of both outputs. */
async function proxiesOf(model: tfl.LayersModel, x: tf.Tensor): Promise<number[]> {
  model.compile({ optimizer: tf.train.sgd(0), loss: 'meanSquaredError' });
  const weighting = nger({ tasks: 2 });
  let seen: number[] = [];
  const spy = {
    ...weighting,
    loss: (inputs: Parameters<typeof weighting.loss>[0]) => {
      seen = Array.from((inputs.ntkProxies as tf.Tensor1D).dataSync());
      return weighting.loss(inputs);
    },
  };
  attach(model, [spy]);
  await model.trainOnBatch(x, [values, values]);
  return seen;
}

const mse = (prediction: unknown): tf.Scalar =>
  tf.losses.meanSquaredError(values, prediction as tf.Tensor);

test('of a trunk of two layers the last is where the ways part', async () => {
  const tanh = (units: number) => tfl.layers.dense({ units, activation: 'tanh' });
  const [low, high, first, second] = [tanh(4), tanh(3), tanh(1), tanh(1)];
  const input = tfl.input({ shape: [3] });
  const h = high.apply(low.apply(input) as tfl.SymbolicTensor) as tfl.SymbolicTensor;
  const outputs = [first.apply(h), second.apply(h)] as tfl.SymbolicTensor[];
  const seen = await proxiesOf(tfl.model({ inputs: input, outputs }), x);
  const heads = (h: tf.Tensor) => [mse(first.apply(h)), mse(second.apply(h))];
  const trunk = high.apply(low.apply(x) as tf.Tensor) as tf.Tensor;
  expectClose(seen, ntkProxies(heads, trunk), 1e-4);
});

test('the ways part in layers of which each takes one output of two', async () => {
  const low = tfl.layers.dense({ units: 4, activation: 'tanh' });
  const pool = tfl.layers.globalAveragePooling1d({});
  const readers = [1, 2].map(() =>
    tfl.layers.simpleRNN({
      units: 1,
      returnSequences: true,
      returnState: true, // the last of the sequence, which nobody reads
      recurrentInitializer: 'glorotNormal',
    }),
  );
  const input = tfl.input({ shape: [5, 2] });
  const h = low.apply(input) as tfl.SymbolicTensor;
  const outputs = readers.map((reader) => {
    const [sequence] = reader.apply(h) as tfl.SymbolicTensor[];
    return pool.apply(sequence as tfl.SymbolicTensor) as tfl.SymbolicTensor;
  });
  const x = normal([6, 5, 2], 3);
  const seen = await proxiesOf(tfl.model({ inputs: input, outputs }), x);
  const heads = (h: tf.Tensor) =>
    readers.map((reader) => {
      const [sequence] = reader.apply(h) as tf.Tensor[];
      return mse(pool.apply(sequence as tf.Tensor));
    });
  expectClose(seen, ntkProxies(heads, low.apply(x) as tf.Tensor), 1e-4);
});

test.each(['logits', 'targets', 'modelFn'])('of several outputs, %s are those of one', (key) => {
  const model = twoOutputs();
  compile(model);
  const term = {
    name: 'reader',
    penalty: (inputs: object) => tf.scalar(Number((inputs as Record<string, unknown>)[key] === 0)),
  };
  expectThrows(
    () => attach(model, [term]),
    new RegExp(`^layers: expected .${key}. of one output, .*"a model with 2 outputs"`),
  );
  attach(model, [term], { output: model.outputNames[1] as string }).detach();
});

test.each([
  ['a list', (_names: string[]) => ['sparseCategoricalCrossentropy', 'meanSquaredError']],
  [
    'an object',
    ([a, b]: string[]) => ({
      [a as string]: 'sparseCategoricalCrossentropy',
      [b as string]: 'meanSquaredError',
    }),
  ],
])('the losses as %s: each output has the targets of its own', (_name, losses) => {
  const model = twoOutputs();
  const { outputNames } = model;
  model.compile({ optimizer: 'sgd', loss: losses(outputNames) });
  const seen: unknown[] = [];
  const spy = {
    name: 'spy',
    penalty: ({ targets, head }: { targets: tf.Tensor; head?: string }) => {
      seen.push([targets.dtype, targets.shape, head]);
      return tf.scalar(0);
    },
  };
  for (const output of outputNames) {
    attach(model, [spy], { output }).detach();
  }
  expect(seen).toEqual([
    ['int32', [4], 'softmax'],
    ['float32', [4, 1], 'linear'],
  ]);
});

test('an output that is an input, or one that was activated, has no logits', () => {
  const input = tfl.input({ shape: [3] });
  const outputs = [
    tfl.layers.activation({ activation: 'linear', name: unique('copy') }).apply(input),
    tfl.layers.softmax({ name: unique('shares') }).apply(input),
    tfl.layers.dense({ units: 3, name: unique('dense') }).apply(input),
  ] as tfl.SymbolicTensor[];
  const model = tfl.model({ inputs: input, outputs });
  const loss = ['meanSquaredError', 'categoricalCrossentropy', 'meanSquaredError'];
  model.compile({ optimizer: 'sgd', loss });
  const [copy, shares] = model.outputNames as [string, string];
  for (const output of [copy, shares]) {
    expectThrows(
      () => attach(model, [sasp()], { output }),
      /^layers: expected `logits` to come from a last layer that is .* Received: "an input"/,
    );
    // The term would do nothing, in silence.
    expectThrows(() => attach(model, [sbmp()], { output }), /^layers: expected `logits` to come/);
    expectThrows(
      () => attach(model, [saspNetwork()], { output }),
      /^layers: expected `logits` to come from weights that are trained.* Received: "no weights"/,
    );
  }
});

test('a term that reads logits is told which output to read', async () => {
  const model = twoOutputs();
  compile(model);
  const [name] = model.outputNames;
  expectThrows(
    () => attach(model, [sasp()]),
    /^layers: expected `logits` of one output, to be named in the option `output`: one of class\d+, value\d+\./,
  );
  expectThrows(
    () => attach(model, [sasp()], { output: 'other' }),
    /^layers: expected `output` to be one of class\d+, value\d+, or a number below 2\. Received: "other"/,
  );
  const attachment = attach(model, [sasp({ lambda: 1, curvature: 'hessian' })], {
    output: name as string,
  });
  await model.trainOnBatch(x, [labels, values]);
  expect(attachment.losses().sasp?.dataSync()[0]).toBeGreaterThan(0);
});

test('outputs that share nothing have no proxies', () => {
  const input = tfl.input({ shape: [3] });
  const outputs = [1, 2].map(
    () => tfl.layers.dense({ units: 1 }).apply(input) as tfl.SymbolicTensor,
  );
  const model = tfl.model({ inputs: input, outputs });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  expectThrows(
    () => attach(model, [nger({ tasks: 2 })]),
    /^layers: expected `ntkProxies` of outputs that share a layer\. Received: "2 outputs"/,
  );
});

test('one output shares what it is with itself', async () => {
  const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 1, inputShape: [3] })] });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
  const weighting = nger({ tasks: 1 });
  attach(model, [weighting]);
  await model.trainOnBatch(x, values);
  expectClose(weighting.weights(), [1], 1e-6);
});

test('a weighting of another number of tasks, and two of them, are refused', () => {
  const model = twoOutputs();
  compile(model);
  expectThrows(
    () => attach(model, [nger({ tasks: 3 })]),
    /^nger: expected `tasks` to be 2, the number of outputs of the model\. Received: 3\.$/,
  );
  const other = Object.assign(nger({ tasks: 2 }), { name: 'other' as 'nger' });
  expectThrows(
    () => attach(model, [nger({ tasks: 2 }), other]),
    /^layers: expected `terms` to have at most one that weighs .* Received: "nger, other"/,
  );
});

test('a loss for some of the outputs only, which tfjs compiles and cannot train, is refused', () => {
  const model = twoOutputs();
  const [first, second] = model.outputNames as [string, string];
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  model.compile({ optimizer: 'sgd', loss: { [first]: 'meanSquaredError' } });
  warn.mockRestore();
  expectThrows(
    () => attach(model, []),
    new RegExp(
      `^layers: expected \`model\` to be compiled with a loss for each output\\. Received: "none for ${second}"`,
    ),
  );
});
