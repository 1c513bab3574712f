import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { trainStep } from '@toploss/core';
import { dmta } from '@toploss/dmta';
import { attach, batchLoss } from '@toploss/layers';
import { lossesAndProxies, nger, ntkProxies } from '@toploss/nger';
import { sasp } from '@toploss/sasp';
import { expectClose, expectThrows } from '@toploss/testing';
import { expect, test } from 'vitest';
import { normal, twins, variablesOf } from './models.js';

const x = normal([6, 3], 11) as tf.Tensor2D;
const labels = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 0, 0, 1, 1], 'int32'), 2), 'float32');
const values = normal([6, 1], 12) as tf.Tensor2D;

/** A trunk of 4 tanh, and two heads: a class and a value. */
function twoOutputs(): tfl.LayersModel {
  const input = tfl.input({ shape: [3] });
  const apply = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor) =>
    layer.apply(x) as tfl.SymbolicTensor;
  const trunk = apply(tfl.layers.dense({ units: 4, activation: 'tanh' }), input);
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
  const model = tfl.model({ inputs: input, outputs });
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

  const heads = (h: tf.Tensor): tf.Scalar[] =>
    [
      first.apply(deep.apply(h) as tf.Tensor),
      second.apply(tf.concat([h, own.apply(x) as tf.Tensor], 1)),
    ].map((prediction) => tf.losses.meanSquaredError(values, prediction as tf.Tensor));
  expectClose(seen, ntkProxies(heads, trunk.apply(x) as tf.Tensor), 1e-4);
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
    /^layers: expected `output` to be one of class/,
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
    /^layers: expected `ntkProxies` of outputs that share a layer/,
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
  expectThrows(() => attach(model, [nger({ tasks: 3 })]), /^nger: expected `taskLosses`/);
  const other = Object.assign(nger({ tasks: 2 }), { name: 'other' as 'nger' });
  expectThrows(
    () => attach(model, [nger({ tasks: 2 }), other]),
    /^layers: expected `terms` to have at most one that weighs .* Received: "nger, other"/,
  );
});
