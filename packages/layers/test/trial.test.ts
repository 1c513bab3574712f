import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { attach, batchLoss } from '@toploss/layers';
import { saspNetwork } from '@toploss/sasp';
import { expectClose, expectThrows, thrownBy } from '@toploss/testing';
import { expect, test } from 'vitest';
import { normal, recurrent, sequential } from './models.js';

test('terms are tried on four examples, of length 8 where it is free, as indices 0', () => {
  const model = recurrent();
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
  const seen: number[][] = [];
  const spy = {
    name: 'spy',
    penalty: ({ embeddings }: { embeddings: tf.Tensor }) => {
      seen.push(embeddings.shape);
      expect(tf.sum(tf.floor(embeddings)).dataSync()[0]).toBe(0);
      return tf.scalar(0);
    },
  };
  attach(model, [spy]);
  expect(seen).toEqual([[4, 8, 2]]);
});

test.each([
  ['categoricalCrossentropy', [3], [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0]],
  ['sparseCategoricalCrossentropy', [3], [0, 1, 2, 0]],
  ['binaryCrossentropy', [1], [1, 0, 1, 0]],
  // Two places in each example, as `expandDims` of the targets has them.
  ['sparseCategoricalCrossentropy', [2, 3], [0, 1, 2, 0, 1, 2, 0, 1]],
] as const)('the classes take turns: %s of %o', (loss, shape, expected) => {
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 4, inputShape: [...shape.slice(0, -1), 2] }),
      tfl.layers.dense({ units: shape.at(-1) as number, activation: 'sigmoid' }),
    ],
  });
  model.compile({ optimizer: 'sgd', loss });
  let seen = 0;
  const spy = {
    name: 'spy',
    penalty: ({ targets }: { targets: tf.Tensor }) => {
      seen += 1;
      expectClose(Array.from(targets.dataSync()), expected);
      return tf.scalar(0);
    },
  };
  attach(model, [spy]);
  expect(seen).toBe(1);
});

test('an error of another make says where it comes from, and has the error itself as its cause', () => {
  const model = sequential('softmax');
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
  const mine = new Error('not today');
  const moody = {
    name: 'moody',
    penalty: () => {
      throw mine;
    },
  };
  const error = thrownBy(() => attach(model, [moody]));
  expect(error.message).toMatch(/^layers: a step with these terms fails: not today\n.*made up/);
  expect(error.cause).toBe(mine);
  // A batch of the user's own was not made up: the error is as it came.
  const batch = [normal([2, 3], 1), tf.ones([2, 3])] as const;
  expect(thrownBy(() => attach(model, [moody], { batch }))).toBe(mine);
});

test('so does an error of a loss of the user, before the terms have read anything', () => {
  const model = sequential('softmax');
  const mine = new Error('no loss today');
  const loss = () => {
    throw mine;
  };
  model.compile({ optimizer: 'sgd', loss: loss as never });
  const error = thrownBy(() => attach(model, []));
  expect(error.message).toMatch(/^layers: a step with these terms fails: no loss today/);
  expect(error.cause).toBe(mine);
});

/** Adds `first` to its input, then twice as much, and so on: as a device may round otherwise in each run. */
class Drift extends tfl.layers.Layer {
  static className = 'Drift';
  readonly #step: tf.Tensor;
  #runs = 0;

  constructor(step: number[]) {
    super({ inputShape: [step.length] } as object);
    this.#step = tf.tensor2d([step]);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    this.#runs += 1;
    return tf.add([inputs].flat()[0] as tf.Tensor, tf.mul(this.#runs, this.#step));
  }
}

/** Values of about `sizes` that move by `steps` from run to run. */
function drifting(sizes: number[], steps: number[]): tfl.LayersModel {
  const input = tfl.input({ shape: [2] });
  const dense = tfl.layers.dense({
    units: 2,
    kernelInitializer: 'zeros',
    useBias: true,
  });
  const drift = new Drift(steps);
  const output = drift.apply(dense.apply(input) as tfl.SymbolicTensor) as tfl.SymbolicTensor;
  const model = tfl.model({ inputs: input, outputs: output });
  dense.setWeights([tf.zeros([2, 2]), tf.tensor1d(sizes)]);
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  batchLoss(model); // asks for the loss again
  return model;
}

test('what a device rounds otherwise is the same: to 1e-5 of a value, and of 1 below it', () => {
  attach(drifting([0, 0], [5e-6, 0]), []).detach();
  attach(drifting([100, -100], [5e-4, 5e-4]), []).detach();
});

test.each([
  ['one value of two', [0, 0], [0, 1e-4]],
  ['a large value', [100, 0], [5e-3, 0]],
  ['a large value below zero', [-100, 0], [5e-3, 0]],
])('what differs by more is refused: %s', (_what, sizes, steps) => {
  const model = drifting(sizes, steps);
  const { name } = model.layers[2] as tfl.layers.Layer;
  expectThrows(
    () => attach(model, []),
    new RegExp(
      `^layers: expected .model. to make the same of a batch twice, .*"${name} \\(Drift\\)"`,
    ),
  );
});

test('resumed in between, a term is tried at the next step at which all terms are on', async () => {
  const tried: Record<string, number[]> = { fourth: [], sixth: [] };
  const terms = Object.entries({ fourth: 4, sixth: 6 }).map(([name, every]) => ({
    name,
    every,
    penalty: (_inputs: object, step = 0) => {
      tried[name]?.push(step);
      return tf.scalar(0);
    },
  }));
  const model = sequential('softmax');
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
  attach(model, terms, { firstStep: 5 });
  expect(tried).toEqual({ fourth: [12], sixth: [12] });
  await model.trainOnBatch(normal([2, 3], 1), tf.ones([2, 3]));
  expect(tried).toEqual({ fourth: [12, 5], sixth: [12, 5] });
});

test('so what fails at a later step fails when it is attached', () => {
  const model = sequential('softmax');
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
  const seldom = {
    ...saspNetwork({ every: 3 }),
    penalty: ({ layers }: { layers: readonly object[] }, step = 0) => {
      if (step % 3 === 0 && layers.length < 5) {
        throw new Error('too few layers');
      }
      return tf.scalar(0);
    },
  };
  expectThrows(() => attach(model, [seldom], { firstStep: 1 }), /^layers: .* too few layers/);
});
