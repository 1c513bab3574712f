import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { attach } from '@toploss/layers';
import { type Head, sasp, saspNetwork, saspWeightsPenalty } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { expectClose, expectThrows } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { normal, seeded, variablesOf } from './models.js';

const { dense } = tfl.layers;
type Activation = 'softmax' | 'sigmoid' | 'tanh' | 'softplus' | 'linear';

const x = normal([4, 3], 3);
const labels = tf.cast(tf.oneHot([0, 1, 1, 0], 2), 'float32');

const modelOf = (activation: Activation, loss: unknown, units = 2) => {
  const model = tfl.sequential({
    layers: [
      dense({ units: 4, inputShape: [3], activation: 'tanh' }),
      dense({ units, activation }),
    ],
  });
  model.compile({ optimizer: tf.train.sgd(0), loss: loss as string });
  return seeded(model);
};

const logOdds = (y: tf.Tensor) => tf.log(tf.div(y, tf.sub(1, y)));
const same = (y: tf.Tensor) => y;

describe('what a loss reads of its outputs, where their activation is another one', () => {
  test.each<[Activation, string, Head, (y: tf.Tensor) => tf.Tensor]>([
    ['sigmoid', 'meanSquaredError', 'linear', same],
    ['softmax', 'meanSquaredError', 'linear', same],
    ['sigmoid', 'meanAbsoluteError', 'linear', same],
    ['softmax', 'binaryCrossentropy', 'sigmoid', logOdds],
    ['sigmoid', 'categoricalCrossentropy', 'softmax', tf.log],
    ['softplus', 'categoricalCrossentropy', 'softmax', tf.log],
    ['softplus', 'poisson', 'linear', (y) => tf.mul(2, tf.sqrt(y))],
  ])('%s under %s', async (activation, loss, head, logits) => {
    const model = modelOf(activation, loss);
    const attachment = attach(model, [saspNetwork({ lambda: 1, root: false, every: 1, seed: 3 })]);
    await model.trainOnBatch(x, labels);
    const f = () => logits(model.apply(x) as tf.Tensor);
    const expected = saspWeightsPenalty(f(), f, x, variablesOf(model), {
      ...{ head, root: false, seed: 3 },
    });
    expect(expected.dataSync()[0]).toBeGreaterThan(1e-3);
    expectClose(attachment.losses().saspNetwork as tf.Scalar, expected, 5e-3);
  });

  test('T is the trace of the Gauss–Newton matrix of that loss: Σ ρ² ‖∂y/∂w‖² of a mean squared error', async () => {
    const model = modelOf('softmax', 'meanSquaredError');
    let mean = 0;
    for (let seed = 0; seed < 200; seed++) {
      const attachment = attach(model, [saspNetwork({ root: false, every: 1, seed, lambda: 1 })]);
      await model.trainOnBatch(x, labels);
      mean += ((attachment.losses().saspNetwork as tf.Scalar).dataSync()[0] as number) / 200;
      attachment.detach();
    }
    let trace = 0;
    const f = () => model.apply(x) as tf.Tensor;
    const y = f();
    for (const kernel of variablesOf(model).filter(({ rank }) => rank === 2)) {
      const own = Float32Array.from(kernel.dataSync());
      const rho = own.reduce((sum, w) => sum + w * w, 0) / own.length;
      for (const [k, w] of own.entries()) {
        const moved = own.slice();
        moved[k] = w + 1e-3;
        kernel.assign(tf.tensor(moved, kernel.shape));
        const slope = tf.div(tf.sub(f(), y), 1e-3);
        trace += (rho * (tf.sum(tf.square(slope)).dataSync()[0] as number)) / 4;
      }
      kernel.assign(tf.tensor(own, kernel.shape));
    }
    expect(Math.abs(mean / trace - 1)).toBeLessThan(0.2);
  });

  test('an option says otherwise: it is how the logits from before the activation predict', async () => {
    const model = modelOf('sigmoid', 'meanSquaredError');
    const logits = tfl.model({
      inputs: model.inputs,
      outputs: dense({ units: 2, weights: model.layers[1]?.getWeights() as tf.Tensor[] }).apply(
        model.layers[0]?.output as tfl.SymbolicTensor,
      ) as tfl.SymbolicTensor,
    });
    const f = () => logits.apply(x) as tf.Tensor;
    const settings = { head: 'sigmoid', root: false, seed: 3 } as const;
    const attachment = attach(model, [
      saspNetwork({ lambda: 1, every: 1, via: 'weights', ...settings }),
    ]);
    await model.trainOnBatch(x, labels);
    const expected = saspWeightsPenalty(f(), f, x, variablesOf(logits), settings);
    expectClose(attachment.losses().saspNetwork as tf.Scalar, expected, 5e-3);
  });

  test('other terms, and the closed form, ask for the head', () => {
    const model = modelOf('sigmoid', 'meanSquaredError');
    for (const term of [sasp(), sbmp(), saspNetwork({ via: 'layers' })]) {
      expectThrows(() => attach(model, [term]), /expected `head` as an option of the term/);
    }
  });

  test.each<[Activation, string, number]>([
    ['linear', 'hinge', 2],
    ['softmax', 'meanSquaredError', 1],
    ['softmax', 'categoricalCrossentropy', 1],
    ['sigmoid', 'categoricalCrossentropy', 1],
    ['sigmoid', 'kullbackLeiblerDivergence', 2],
  ])('%s under %s of %d says nothing, so it is asked for', (activation, loss, units) => {
    const model = modelOf(activation, loss, units);
    expectThrows(
      () => attach(model, [saspNetwork()]),
      /^sasp.network: expected `head` as an option of the term/,
    );
  });

  test('probabilities that are averaged: they have no logits that sasp could read', () => {
    const model = tfl.sequential({
      layers: [
        dense({ units: 2, inputShape: [5, 3], activation: 'softmax' }),
        tfl.layers.globalAveragePooling1d(),
      ],
    });
    model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
    attach(model, [saspNetwork()]).detach();
    expectThrows(() => attach(model, [sasp()]), /^layers: expected `logits` to come from a last/);
  });
});

describe('a model that ends in a model of several outputs', () => {
  const make = (activations: readonly [Activation, Activation]) => {
    const inside = tfl.input({ shape: [4] });
    const outputs = activations.map((activation, k) =>
      dense({ units: 2 + k, activation }).apply(inside),
    ) as tfl.SymbolicTensor[];
    const inner = tfl.model({ inputs: inside, outputs });
    const input = tfl.input({ shape: [3] });
    const hidden = dense({ units: 4, activation: 'tanh' }).apply(input);
    return seeded(
      tfl.model({ inputs: input, outputs: inner.apply(hidden) as tfl.SymbolicTensor[] }),
    );
  };
  const heads = ['sigmoid', 'softmax'] as const;
  const settings = { root: false, seed: 3 };
  const y = [labels, tf.cast(tf.oneHot([0, 1, 2, 0], 3), 'float32')];

  const [model, written] = [make(['sigmoid', 'softmax']), make(['linear', 'linear'])];
  model.compile({
    optimizer: tf.train.sgd(0),
    loss: ['binaryCrossentropy', 'categoricalCrossentropy'],
  });
  const traceOf = async (options: { output?: number }) => {
    const attachment = attach(model, [saspNetwork({ lambda: 1, every: 1, ...settings })], options);
    await model.trainOnBatch(x, y);
    const { saspNetwork: value } = attachment.losses();
    attachment.detach();
    return value as tf.Scalar;
  };
  const expected = heads.map((head, k) => {
    const f = () => (written.apply(x) as tf.Tensor[])[k] as tf.Tensor;
    return saspWeightsPenalty(f(), f, x, variablesOf(written), { head, ...settings });
  }) as [tf.Scalar, tf.Scalar];

  test('the logits of each, by its number, are those from before its activation', async () => {
    for (const output of [0, 1]) {
      expectClose(await traceOf({ output }), expected[output] as tf.Scalar, 5e-3);
    }
  });

  test('the trace of all of them, where none is named, is the sum', async () => {
    expectClose(await traceOf({}), tf.add(...expected), 5e-3);
  });

  test('their name, which is one, does not tell them apart', () => {
    const [output] = model.outputNames as [string];
    expectThrows(
      () => attach(model, [saspNetwork()], { output }),
      /^layers: expected `output` to be a number, since several have this name/,
    );
    expectThrows(
      () => attach(model, [saspNetwork()], { output: 2 }),
      /^layers: expected `output` to be one of .*, or a number below 2/,
    );
  });
});

test('rows of a sequence count as the mean over them, where all outputs are read', async () => {
  const input = tfl.input({ shape: [5, 3] });
  const hidden = dense({ units: 4, activation: 'tanh' }).apply(input) as tfl.SymbolicTensor;
  const tags = dense({ units: 3, activation: 'softmax' }).apply(hidden) as tfl.SymbolicTensor;
  const values = dense({ units: 2 }).apply(hidden) as tfl.SymbolicTensor;
  const model = seeded(tfl.model({ inputs: input, outputs: [tags, values] }));
  model.compile({
    optimizer: tf.train.sgd(0),
    loss: ['categoricalCrossentropy', 'meanSquaredError'],
  });
  const [x, y] = [normal([4, 5, 3], 1), [tf.ones([4, 5, 3]), tf.ones([4, 5, 2])]];
  const traces: tf.Tensor[] = [];
  for (const options of [{ output: 0 }, { output: 1 }, {}]) {
    const term = saspNetwork({ lambda: 1, root: false, seed: 3, via: 'weights' });
    const attachment = attach(model, [term], options);
    await model.trainOnBatch(x, y);
    traces.push(attachment.losses().saspNetwork as tf.Scalar);
    attachment.detach();
  }
  const [first, second, sum] = traces as [tf.Scalar, tf.Scalar, tf.Scalar];
  expectClose(sum, tf.add(first, second), 5e-3);
});
