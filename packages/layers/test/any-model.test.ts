import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { composite } from '@toploss/composite';
import { cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import { attach, batchLoss } from '@toploss/layers';
import { nger } from '@toploss/nger';
import { sasp, saspNetwork, saspWeightsPenalty } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { expectClose, expectThrows } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { drawing, normal, seeded, valuesOf, variablesOf } from './models.js';

const { dense, dropout, batchNormalization, conv1d, conv2d, embedding, gru } = tfl.layers;
type End = 'softmax' | 'linear';

const apply = (layer: { apply(x: never): unknown }, x: unknown) =>
  layer.apply(x as never) as tfl.SymbolicTensor;
const stack = (...layers: tfl.layers.Layer[]) => tfl.sequential({ layers });
const end = (activation: End) => dense({ units: 3, activation });
const labels = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0], 'int32'), 3), 'float32');
/** As `saspWeightsPenalty` has it, at every step. */
const ROOT = { root: true, every: 1 } as const;

/** A weight for each feature, which the user has written. */
class Gain extends tfl.layers.Layer {
  static className = 'Gain';
  #gain: tfl.LayerVariable | undefined;

  override build(shape: tfl.Shape) {
    const [width] = (shape as number[]).slice(-1) as [number];
    this.#gain = this.addWeight('gain', [1, width], 'float32', tfl.initializers.ones());
  }

  override call(inputs: tf.Tensor | tf.Tensor[]) {
    return tf.tanh(
      tf.mul([inputs].flat()[0] as tf.Tensor, (this.#gain as tfl.LayerVariable).read()),
    );
  }
}

interface Example {
  make(end: End): tfl.LayersModel;
  x: tf.Tensor | tf.Tensor[];
  y?: tf.Tensor;
  /** tfjs' wasm backend has no gradients of gather, and of a convolution by its filter. */
  notOnWasm?: true;
}

const normalized = (activation: End) =>
  stack(
    dense({ units: 4, inputShape: [3], activation: 'tanh' }),
    batchNormalization({ momentum: 0.5 }),
    end(activation),
  );

const examples: Record<string, Example> = {
  'batch normalization': { make: normalized, x: normal([4, 3], 3) },
  'a convolution network with batch normalization and global pooling': {
    make: (activation) =>
      stack(
        conv2d({ filters: 3, kernelSize: 2, inputShape: [5, 5, 1], activation: 'relu' }),
        batchNormalization(),
        tfl.layers.globalAveragePooling2d({}),
        end(activation),
      ),
    x: normal([4, 5, 5, 1], 3),
    notOnWasm: true,
  },
  'a GRU': {
    make: (activation) =>
      stack(
        gru({ units: 4, inputShape: [5, 2], recurrentInitializer: 'glorotNormal' }),
        end(activation),
      ),
    x: normal([4, 5, 2], 3),
  },
  'an embedding': {
    make: (activation) =>
      stack(
        embedding({ inputDim: 6, outputDim: 4, inputLength: 3 }),
        tfl.layers.globalAveragePooling1d({}),
        end(activation),
      ),
    x: tf.tensor2d([1, 2, 0, 3, 1, 2, 2, 5, 1, 4, 0, 0], [4, 3]),
    notOnWasm: true,
  },
  'two inputs and a branch': {
    make: (activation) => {
      const inputs = [tfl.input({ shape: [3] }), tfl.input({ shape: [2] })];
      const [a, b] = inputs.map((x) => apply(dense({ units: 4, activation: 'tanh' }), x));
      const sum = apply(tfl.layers.add(), [a, apply(dense({ units: 4 }), a)]);
      const both = apply(tfl.layers.concatenate(), [sum, b]);
      return tfl.model({ inputs, outputs: apply(end(activation), both) });
    },
    x: [normal([4, 3], 3), normal([4, 2], 4)],
  },
  'one-dimensional convolutions': {
    make: (activation) =>
      stack(
        conv1d({ filters: 3, kernelSize: 2, inputShape: [6, 2], activation: 'tanh' }),
        tfl.layers.globalMaxPooling1d({}),
        end(activation),
      ),
    x: normal([4, 6, 2], 3),
    notOnWasm: true,
  },
  'a label for each token, by a layer that is repeated over time': {
    make: (activation) =>
      stack(
        dense({ units: 4, inputShape: [5, 2], activation: 'tanh' }),
        tfl.layers.timeDistributed({ layer: end(activation) }),
      ),
    x: normal([4, 5, 2], 3),
    y: tf.reshape(
      tf.cast(
        tf.oneHot(
          Array.from({ length: 20 }, (_, k) => k % 3),
          3,
        ),
        'float32',
      ),
      [4, 5, 3],
    ),
  },
  'a model inside the model, at its end': {
    make: (activation) => {
      const inner = stack(
        dense({ units: 4, inputShape: [4], activation: 'relu' }),
        end(activation),
      );
      const input = tfl.input({ shape: [3] });
      return tfl.model({ inputs: input, outputs: apply(inner, apply(dense({ units: 4 }), input)) });
    },
    x: normal([4, 3], 3),
  },
  'a layer that is used twice': {
    make: (activation) => {
      const input = tfl.input({ shape: [4] });
      const shared = dense({ units: 4, activation: 'tanh' });
      const hidden = apply(shared, apply(shared, input));
      return tfl.model({ inputs: input, outputs: apply(end(activation), hidden) });
    },
    x: normal([4, 4], 3),
  },
  'a layer of the user': {
    make: (activation) =>
      stack(dense({ units: 4, inputShape: [3] }), new Gain({}), end(activation)),
    x: normal([4, 3], 3),
  },
  'dropout with a seed, beside an activation that has no closed form': {
    make: (activation) =>
      stack(
        dense({ units: 8, inputShape: [3], activation: 'softsign' }),
        dropout({ rate: 0.5, seed: 7 }),
        end(activation),
      ),
    x: normal([4, 3], 3),
  },
};

const trainable = Object.entries(examples).filter(
  ([, { notOnWasm }]) => tf.getBackend() !== 'wasm' || !notOnWasm,
);

const compile = (model: tfl.LayersModel, rate = 0.1) =>
  model.compile({ optimizer: tf.train.sgd(rate), loss: 'categoricalCrossentropy' });

/** θ − η ∇(L + λΦ), and λΦ, of a model that ends in its logits. */
function stepByHand(
  model: tfl.LayersModel,
  { x, y = labels }: Example,
  lambda: number,
  seed: number,
) {
  const params = variablesOf(model);
  const f = () => model.apply(x, { training: true }) as tf.Tensor;
  let value = tf.scalar(0);
  const { grads } = tf.variableGrads(() => {
    const logits = f();
    const phi = saspWeightsPenalty(logits, f, logits, params, { seed });
    value = tf.keep(tf.mul(lambda, phi));
    return tf.add(tf.losses.softmaxCrossEntropy(y, logits), value);
  }, params);
  tf.train.sgd(0.1).applyGradients(grads);
  return value;
}

test.each(trainable)('%s, as in one’s own loop', async (_name, example) => {
  const { make, x, y = labels } = example;
  const [attached, written] = [seeded(make('softmax')), seeded(make('linear'))];
  compile(attached);
  const attachment = attach(attached, [saspNetwork({ ...ROOT, lambda: 0.5, seed: 3 })]);
  for (let k = 0; k < 2; k++) {
    await attached.trainOnBatch(x, y);
    const value = stepByHand(written, example, 0.5, 3 + k);
    expect(value.dataSync()[0]).toBeGreaterThan(1e-3);
    expectClose(attachment.losses().saspNetwork as tf.Scalar, value, 2e-3);
  }
  for (const [k, variable] of variablesOf(attached).entries()) {
    expectClose(variable, variablesOf(written)[k] as tf.Tensor, 5e-3, 1e-4);
  }
});

/** Runs f and tells how often it has called this layer. */
async function callsOf(layer: tfl.layers.Layer, f: () => Promise<unknown>): Promise<number> {
  const { call } = layer;
  let count = 0;
  layer.call = function (this: tfl.layers.Layer, ...args) {
    count += 1;
    return call.apply(this, args);
  };
  await f();
  layer.call = call;
  return count;
}

describe('of a model with batch normalization', () => {
  const x = normal([4, 3], 3);
  const last = (model: tfl.LayersModel) => model.layers.at(-1) as tfl.layers.Layer;

  test('every fourth step, with 4λ, and no pass in between', async () => {
    const model = seeded(normalized('softmax'));
    compile(model, 0); // the weights stay
    const attachment = attach(model, [saspNetwork({ root: true, lambda: 0.1, seed: 3 })]);
    const [values, calls]: [number[], number[]] = [[], []];
    for (let k = 0; k < 5; k++) {
      calls.push(await callsOf(last(model), () => model.trainOnBatch(x, labels)));
      values.push(attachment.losses().saspNetwork?.dataSync()[0] as number);
    }
    const written = seeded(normalized('linear'));
    const f = () => written.apply(x, { training: true }) as tf.Tensor;
    const phi = (seed: number) =>
      saspWeightsPenalty(f(), f, x, variablesOf(written), { seed }).dataSync()[0] as number;
    // 4 · 0.1 Φ of the first draw, and of the second one.
    expectClose(values, [0.4 * phi(3), 0, 0, 0, 0.4 * phi(4)], 2e-3);
    expect(values.slice(1, 4)).toEqual([0, 0, 0]);
    expect(calls).toEqual([2, 1, 1, 1, 2]);

    // Resumed at its fifth step, it goes on with the second draw.
    attachment.detach();
    const resumed = attach(model, [saspNetwork({ root: true, lambda: 0.1, seed: 3 })], {
      firstStep: 4,
    });
    await model.trainOnBatch(x, labels);
    expectClose(resumed.losses().saspNetwork as tf.Scalar, values[4] as number, 1e-5);
  });

  test('its averages move once, and nothing is left', async () => {
    const [plain, attached] = [seeded(normalized('softmax')), seeded(normalized('softmax'))];
    compile(plain);
    compile(attached);
    const before = valuesOf(attached);
    const attachment = attach(attached, [saspNetwork({ ...ROOT, lambda: 1, seed: 3 })]);
    expect(valuesOf(attached)).toEqual(before);
    await plain.trainOnBatch(x, labels);
    await attached.trainOnBatch(x, labels);
    const averages = (model: tfl.LayersModel) => valuesOf(model).slice(-2);
    expect(averages(attached)).toEqual(averages(plain));
    const { numTensors } = tf.memory();
    await attached.trainOnBatch(x, labels);
    expect(tf.memory().numTensors).toBe(numTensors);
    attachment.detach();
    expect(tf.memory().numTensors).toBe(numTensors - 3); // total, base, λΦ
  });

  test('with λ = 0 it trains as without terms, bit for bit, in one pass', async () => {
    const make = () => {
      const model = seeded(
        stack(
          dense({ units: 8, inputShape: [3], activation: 'tanh' }),
          dropout({ rate: 0.5 }),
          batchNormalization(),
          end('softmax'),
        ),
      );
      model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy' });
      return model;
    };
    const [plain, attached] = [make(), make()];
    attach(attached, [saspNetwork({ lambda: 0 })]);
    const runs = [];
    for (const model of [plain, attached]) {
      runs.push(
        await drawing(() =>
          callsOf(last(model), async () => {
            await model.trainOnBatch(x, labels);
            await model.trainOnBatch(x, labels);
          }),
        ),
      );
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[1]?.result).toBe(2);
    expect(valuesOf(attached)).toEqual(valuesOf(plain));
  });

  test('dropout drops the same in both passes', async () => {
    const model = stack(
      dense({ units: 8, inputShape: [3], activation: 'tanh' }),
      dropout({ rate: 0.5 }),
      batchNormalization(),
      end('softmax'),
    );
    compile(model);
    const attachment = attach(model, [saspNetwork({ ...ROOT, lambda: 1 })]);
    await model.trainOnBatch(x, labels);
    // With other masks, Φ would be a difference of order 1, divided by σ = 2⁻¹³.
    expect(attachment.losses().saspNetwork?.dataSync()[0]).toBeLessThan(100);
  });
});

test('a stack by weight noise, where it is asked for', async () => {
  const make = (activation: End) =>
    stack(dense({ units: 4, inputShape: [3], activation: 'tanh' }), end(activation));
  const [attached, written] = [seeded(make('softmax')), seeded(make('linear'))];
  compile(attached);
  const settings = { ...ROOT, lambda: 0.5, seed: 3, via: 'weights' } as const;
  const attachment = attach(attached, [saspNetwork(settings)]);
  const x = normal([4, 3], 3);
  await attached.trainOnBatch(x, labels);
  const value = stepByHand(written, { make, x }, 0.5, 3);
  expectClose(attachment.losses().saspNetwork as tf.Scalar, value, 2e-3);
});

test('one of several outputs, which its name tells', async () => {
  const input = tfl.input({ shape: [3] });
  const hidden = apply(batchNormalization(), apply(dense({ units: 4 }), input));
  const outputs = [apply(end('softmax'), hidden), apply(dense({ units: 1 }), hidden)];
  const model = seeded(tfl.model({ inputs: input, outputs }));
  model.compile({ optimizer: 'sgd', loss: ['categoricalCrossentropy', 'meanSquaredError'] });
  for (const output of model.outputNames) {
    const attachment = attach(model, [saspNetwork({ lambda: 1 })], { output });
    await model.trainOnBatch(normal([4, 3], 3), [labels, normal([4, 1], 4)]);
    expect(attachment.losses().saspNetwork?.dataSync()[0]).toBeGreaterThan(1e-3);
    attachment.detach();
  }
});

test('every penalty beside it, in one attachment', async () => {
  const make = () => {
    const input = tfl.input({ shape: [3] });
    const trunk = apply(dense({ units: 4, activation: 'tanh' }), input);
    const hidden = apply(batchNormalization(), apply(dropout({ rate: 0.2, seed: 5 }), trunk));
    const outputs = [apply(end('softmax'), hidden), apply(dense({ units: 1 }), hidden)];
    const model = seeded(tfl.model({ inputs: input, outputs }));
    const loss = ['categoricalCrossentropy', 'meanSquaredError'];
    model.compile({ optimizer: tf.train.sgd(0.1), loss });
    return model;
  };
  const network = () => saspNetwork({ every: 1, lambda: 0.5, seed: 3, via: 'weights' });
  const [alone, together] = [make(), make()];
  const options = (model: tfl.LayersModel) => ({ output: model.outputNames[0] as string });
  const expected = attach(alone, [network()], options(alone));
  const cosine = dmta({ mode: 'cosine', lambda: 0.1, loss: batchLoss(together) });
  const attachment = attach(
    together,
    [composite([network(), sasp(), sbmp({ seed: 4 }), cvp()]), cosine, nger({ tasks: 2 })],
    options(together),
  );
  const [x, y] = [normal([4, 3], 3), [labels, normal([4, 1], 4)]];
  await alone.trainOnBatch(x, y);
  await together.trainOnBatch(x, y);
  const losses = attachment.losses() as Record<string, tf.Scalar>;
  const names = ['total', 'base', 'saspNetwork', 'sasp', 'sbmp', 'cvp', 'dmta'];
  expect(Object.keys(losses).sort()).toEqual(names.sort());
  expect(Object.values(losses).every((x) => Number.isFinite(x.dataSync()[0]))).toBe(true);
  expectClose(losses.saspNetwork as tf.Scalar, expected.losses().saspNetwork as tf.Scalar, 1e-6);
  const { numTensors } = tf.memory();
  tf.dispose(losses);
  await together.trainOnBatch(x, y);
  expect(tf.memory().numTensors).toBe(numTensors - names.length);
  expect(valuesOf(together).flat().every(Number.isFinite)).toBe(true);
});

test('a regression, whatever makes what it puts out', async () => {
  const model = stack(
    dense({ units: 4, inputShape: [3] }),
    dense({ units: 2, activation: 'tanh' }),
  );
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const attachment = attach(model, [saspNetwork({ lambda: 1, root: false, every: 1, seed: 3 })]);
  const x = normal([4, 3], 3);
  const f = () => model.apply(x) as tf.Tensor;
  const expected = saspWeightsPenalty(f(), f, x, variablesOf(model), {
    ...{ head: 'linear', root: false, seed: 3 },
  });
  await model.trainOnBatch(x, normal([4, 2], 4));
  expectClose(attachment.losses().saspNetwork as tf.Scalar, expected, 2e-3);
});

test('classes that are arranged after their softmax', async () => {
  const make = (activation: End) =>
    stack(
      dense({ units: 4, inputShape: [1, 3], activation: 'tanh' }),
      end(activation),
      tfl.layers.reshape({ targetShape: [3] }),
    );
  const [attached, written] = [seeded(make('softmax')), seeded(make('linear'))];
  compile(attached);
  const attachment = attach(attached, [saspNetwork({ ...ROOT, lambda: 0.5, seed: 3 })]);
  const x = normal([4, 1, 3], 3);
  await attached.trainOnBatch(x, labels);
  const value = stepByHand(written, { make, x }, 0.5, 3);
  expectClose(attachment.losses().saspNetwork as tf.Scalar, value, 2e-3);
});

describe('what weight noise cannot do is refused', () => {
  const refused = (settings: Parameters<typeof saspNetwork>[0], message: RegExp) => {
    const model = normalized('softmax');
    compile(model);
    expectThrows(() => attach(model, [saspNetwork(settings)]), message);
  };

  test('a part of the batch, and options of the closed form', () => {
    refused({ fraction: 0.5 }, /^sasp.network: expected `fraction` to be left out .* `every`/);
    refused({ exact: true }, /^sasp.network: expected `exact` to be left out with weight noise/);
    refused(
      { via: 'layers' },
      /^layers: expected `layers` to be a stack of dense layers .*BatchNormalization/,
    );
  });

  test('a layer that counts, at the first step too if that is one without a penalty', () => {
    let count = 0;
    class Counting extends tfl.layers.Layer {
      static className = 'Counting';
      override call(inputs: tf.Tensor | tf.Tensor[]) {
        count += 1;
        return tf.mul([inputs].flat()[0] as tf.Tensor, count);
      }
    }
    const model = stack(new Counting({ inputShape: [3] }), batchNormalization(), end('softmax'));
    compile(model);
    for (const firstStep of [0, 2]) {
      expectThrows(
        () => attach(model, [saspNetwork({ every: 4 })], { firstStep }),
        /^layers: expected `model` to make the same of a batch twice, .*Counting/,
      );
    }
  });
});
