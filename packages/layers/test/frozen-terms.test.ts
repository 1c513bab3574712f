import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { attach } from '@toploss/layers';
import { sasp, saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { expectThrows, thrownBy } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { normal, seeded, sequential, valuesOf } from './models.js';

const { dense } = tfl.layers;

/** 3 – 4 tanh, and on it 2 softmax and 4 tanh – 1: the weights of one output may be frozen. */
function twoOutputs() {
  const input = tfl.input({ shape: [3] });
  const apply = (name: string, units: number, activation: 'tanh' | 'softmax' | 'linear') =>
    dense({ name, units, activation }).apply(input) as tfl.SymbolicTensor;
  const hidden = apply('hidden', 4, 'tanh');
  const digit = dense({ name: 'digit', units: 2, activation: 'softmax' });
  const outputs = [digit.apply(hidden) as tfl.SymbolicTensor, apply('size', 1, 'linear')];
  return seeded(tfl.model({ inputs: input, outputs }));
}

const compile = (model: tfl.LayersModel) =>
  model.compile({
    optimizer: tf.train.sgd(0.1),
    loss: ['categoricalCrossentropy', 'meanSquaredError'],
  });

const freeze = (model: tfl.LayersModel, ...names: string[]) => {
  for (const name of names) {
    model.getLayer(name).trainable = false;
  }
};

const x = normal([4, 3], 1);
const y = [tf.cast(tf.oneHot([0, 1, 1, 0], 2), 'float32'), normal([4, 1], 2)];

test('frozen weights are found below classes that are arranged after their softmax', () => {
  const input = tfl.input({ shape: [3] });
  const digit = dense({ name: 'digit', units: 2, activation: 'softmax' }).apply(input);
  const arranged = tfl.layers.reshape({ name: 'arranged', targetShape: [2] }).apply(digit);
  const size = dense({ name: 'size', units: 1 }).apply(input);
  const model = tfl.model({ inputs: input, outputs: [arranged, size] as tfl.SymbolicTensor[] });
  freeze(model, 'digit');
  compile(model);
  expectThrows(
    () => attach(model, [sbmp()], { output: 'arranged' }),
    /^layers: expected `logits` to come from weights that are trained.* "frozen: digit \(Dense\)"/,
  );
});

describe.each([
  ['sasp', () => sasp({ lambda: 1 })],
  ['saspNetwork', () => saspNetwork()],
  ['sbmp', () => sbmp()],
] as const)('%s of an output whose weights are frozen', (name, term) => {
  const message =
    'layers: expected `logits` to come from weights that are trained, or the terms have no effect: set `trainable` of a layer to true and compile again. Received: "frozen: hidden (Dense), digit (Dense)".';
  const said = new RegExp(`^${message.replace(/[.[\]()]/g, '\\$&')}$`);
  const options = { output: 'digit' };

  test('is refused, in words that name the layers', () => {
    const model = twoOutputs();
    freeze(model, 'hidden', 'digit');
    compile(model);
    expectThrows(() => attach(model, [term()], options), said);
    attach(model, [term()], { output: 'size' }).detach();
  });

  test.each(['hidden', 'digit'])('trains with %s alone frozen', async (layer) => {
    const models = [twoOutputs(), twoOutputs()] as const;
    for (const model of models) {
      freeze(model, layer);
      compile(model);
    }
    attach(models[0], [term()], options);
    for (const model of models) {
      await model.trainOnBatch(x, y);
    }
    expect(valuesOf(models[0])).not.toEqual(valuesOf(models[1]));
  });

  test('goes on where they are frozen later, and says so at `compile`', async () => {
    const model = twoOutputs();
    compile(model);
    const attachment = attach(model, [term()], options);
    freeze(model, 'hidden', 'digit');
    const values = () =>
      model
        .getLayer('hidden')
        .getWeights()
        .map((w) => [...w.dataSync()]);
    const before = values();
    await model.trainOnBatch(x, y);
    expect(attachment.losses()[name as 'sasp']?.dataSync()[0]).toBeGreaterThan(0);
    expect(values()).toEqual(before);
    expect(thrownBy(() => compile(model)).message).toBe(message); // and the losses of the step are gone
  });
});

test('all layers below a head frozen: its weights feel `sasp`, and theirs is the whole network', async () => {
  const model = seeded(sequential('softmax'));
  (model.layers[0] as tfl.layers.Layer).trainable = false;
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy' });
  const settings = { lambda: 1, every: 1, exact: true, root: false, scale: 'absolute' } as const;
  // Of one layer the trace is that of the head: `sasp` by the Hessian.
  const terms = [sasp({ lambda: 1, curvature: 'hessian' }), saspNetwork(settings)] as const;
  const attachment = attach(model, terms);
  await model.trainOnBatch(x, tf.cast(tf.oneHot([0, 1, 2, 0], 3), 'float32'));
  const { sasp: ofHead, saspNetwork: ofAll } = attachment.losses();
  expect(ofAll?.dataSync()[0]).toBeCloseTo(ofHead?.dataSync()[0] as number, 5);
});
