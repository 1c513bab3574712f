import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { attach } from '@toploss/layers';
import { saspNetwork } from '@toploss/sasp';
import { expectThrows } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import * as branches from './field/branches.js';
import * as dense from './field/dense.js';
import * as images from './field/images.js';
import type { Specimen } from './field/kit.js';
import * as sequences from './field/sequences.js';
import { drawing, normal, seeded, valuesOf } from './models.js';

/** The models of tfjs-examples, and others of the kinds that people build, by name. */
const all: [string, Specimen][] = [dense, images, sequences, branches].flatMap(
  ({ examples, others }) => Object.entries({ ...examples, ...others }),
);

const here = all.filter(([, { notOnWasm }]) => tf.getBackend() !== 'wasm' || !notOnWasm);
const attached = here.filter(([, { head }]) => head === undefined);

/** Four examples, as the model takes them. */
function dataOf(model: tfl.LayersModel, { indices }: Specimen) {
  const sizes = (shape: tfl.Shape) => shape.map((size, axis) => (axis === 0 ? 4 : (size ?? 5)));
  const x = model.inputs.map(({ shape }, k) => {
    const n = [indices].flat()[k];
    return n === undefined
      ? normal(sizes(shape), k + 1)
      : tf.floor(tf.randomUniform(sizes(shape), 0, n, 'float32', k + 1));
  });
  const losses = [(model as unknown as { loss: unknown }).loss].flat();
  const y = model.outputs.map(({ shape }, k) => {
    const [rows, classes] = [sizes(shape).slice(0, -1), shape.at(-1) as number];
    const size = tf.util.sizeFromShape(rows);
    const labels = tf.tensor1d(
      Array.from({ length: size }, (_, row) => row % Math.max(classes, 2)),
      'int32',
    );
    if (losses[k] === 'sparseCategoricalCrossentropy') {
      return tf.cast(tf.reshape(labels, [...rows, 1]), 'float32');
    }
    const columns = classes === 1 ? tf.cast(labels, 'float32') : tf.oneHot(labels, classes);
    return tf.cast(tf.reshape(columns, [...rows, classes]), 'float32');
  });
  return { x, y };
}

const phiOf = ({ losses }: ReturnType<typeof attach>) =>
  (losses() as { saspNetwork: tf.Scalar }).saspNetwork.dataSync()[0] as number;

test('at least 95 % of them need no option', () => {
  const share = all.filter(([, { head }]) => head === undefined).length / all.length;
  expect(all.length).toBeGreaterThan(100);
  expect(share).toBeGreaterThan(0.95);
});

describe('saspNetwork, attached as it comes', () => {
  test.each(attached)('%s', async (_name, specimen) => {
    const model = seeded(specimen.make());
    const { x, y } = dataOf(model, specimen);
    const before = valuesOf(model);
    const attachment = attach(model, [saspNetwork({ seed: 1 })], { firstStep: 3 });
    expect(valuesOf(model)).toEqual(before);
    await drawing(() => model.trainOnBatch(x, y));
    expect(phiOf(attachment)).toBe(0);
    const { numTensors } = tf.memory();
    await drawing(() => model.trainOnBatch(x, y)); // step 4, which has the penalty
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(phiOf(attachment)).toBeGreaterThan(1e-4); // of equal predictions, rounding leaves less than 1e-5
    expect(phiOf(attachment)).toBeLessThan(1e3);
    expect(valuesOf(model).flat().every(Number.isFinite)).toBe(true);
  });
});

// On WebGL tfjs alone takes a second step of small stacks that is not that of cpu; with any term it is that of cpu.
describe.runIf(tf.getBackend() !== 'webgl')(
  'with λ = 0 it trains as without terms, bit for bit',
  () => {
    test.each(here)('%s', async (_name, specimen) => {
      const runs = [];
      for (const terms of [[], [saspNetwork({ lambda: 0, ...headOf(specimen) })]]) {
        const model = seeded(specimen.make());
        const { x, y } = dataOf(model, specimen);
        if (terms.length > 0) {
          attach(model, terms);
        }
        const { result, draws } = await drawing(async () => [
          await model.trainOnBatch(x, y),
          await model.trainOnBatch(x, y),
        ]);
        runs.push({ result, draws, weights: valuesOf(model) });
      }
      expect(runs[1]).toEqual(runs[0]);
    });
  },
);

const headOf = ({ head }: Specimen) => (head === undefined ? {} : { head });

describe('a loss that does not say how its outputs predict', () => {
  test.each(here.filter(([, { head }]) => head !== undefined))('%s', async (_name, specimen) => {
    const model = seeded(specimen.make());
    expectThrows(
      () => attach(model, [saspNetwork()]),
      /^sasp.network: expected `head` as an option of the term/,
    );
    const attachment = attach(model, [saspNetwork({ lambda: 1, ...headOf(specimen) })]);
    const { x, y } = dataOf(model, specimen);
    await model.trainOnBatch(x, y);
    expect(phiOf(attachment)).toBeGreaterThan(1e-3);
  });
});
