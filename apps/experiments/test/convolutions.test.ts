import * as tf from '@tensorflow/tfjs-core';
import { type SequentialLayer, sequential } from '@toploss/sasp';
import { expectClose, normal } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import {
  ARCHITECTURES,
  type ArchitectureName,
  parametersOf,
} from '../src/studies/convolutions/architectures.js';
import { convolutions } from '../src/studies/convolutions/convolutions.js';
import { shiftedLogits } from '../src/studies/convolutions/shifted-logits.js';
import { tracesOf } from '../src/studies/convolutions/traces.js';
import type { ArmResults } from '../src/study.js';

/** A convolution of 3×3, padded, an average over all positions, and two classes. */
const small = (size: number): SequentialLayer[] => [
  {
    kernel: normal([3, 3, 1, 2], 1, 0.5) as tf.Tensor4D,
    bias: tf.zeros([2]),
    activation: 'relu',
    pad: 'same',
  },
  { pool: 'avg', size },
  { kernel: normal([2, 2], 2) as tf.Tensor2D, bias: tf.zeros([2]) },
];

describe('traces', () => {
  test('by hand', () => {
    // One pixel x = 2 and kernels whose center is 1 and −1: h = (2, 0), z = (0, 0), p = (½, ½), tr A = ½
    const kernel = tf.tensor4d([...Array(8).fill(0), 1, -1, ...Array(8).fill(0)], [3, 3, 1, 2]);
    const layers: SequentialLayer[] = [
      { kernel, bias: tf.zeros([2]), activation: 'relu', pad: 'same' },
      { pool: 'avg', size: 1 },
      { kernel: tf.tensor2d([0, 0, 1, 1], [2, 2]), bias: tf.zeros([2]) },
    ];
    // The tail: ½(2² + 0² + 1) = 2.5. Below, only the closed unit reaches z: nothing
    expect(tracesOf(layers, tf.fill([1, 1, 1, 1], 2))).toEqual({
      exact: 2.5,
      tail: 2.5,
      positions: 2.5,
    });
    // Now from the open unit, z = (2 · 1 − 2, 2 · −1 + 2), which is (0, 0) again
    const open: SequentialLayer[] = [
      layers[0] as SequentialLayer,
      layers[1] as SequentialLayer,
      { kernel: tf.tensor2d([1, -1, 0, 0], [2, 2]), bias: tf.tensor1d([-2, 2]) },
    ];
    // J = ∂z/∂h₁ = (1, −1), JᵀAJ = ¼(1 + 1 + 1 + 1) = 1, times x² + 1 = 5
    const { exact, tail, positions } = tracesOf(open, tf.fill([1, 1, 1, 1], 2));
    expect(tail).toBeCloseTo(2.5, 5);
    expect(exact).toBeCloseTo(7.5, 5);
    expect(positions).toBeCloseTo(7.5, 5);
  });

  test('the sum over positions is exact for one position, and misses what several have in common', () => {
    const one = tracesOf(small(1), normal([3, 1, 1, 1], 3) as tf.Tensor4D);
    expect(one.positions).toBeCloseTo(one.exact, 4);
    const many = tracesOf(small(4), tf.ones([3, 4, 4, 1]));
    expect(many.positions).toBeLessThan(0.9 * many.exact);
    expect(many.tail).toBeLessThan(many.positions);
  });
});

const NAMES = Object.keys(ARCHITECTURES) as ArchitectureName[];

test.each(NAMES)('%s: plain operations make the same logits', (name) => {
  const theta = parametersOf(ARCHITECTURES[name], 1);
  const layers = ARCHITECTURES[name].layers(theta);
  const images = normal([2, 8, 8, 1], 4) as tf.Tensor4D;
  const { logits } = sequential(layers)(images);
  const unshifted = shiftedLogits(layers, images, 0, tf.scalar(0));
  expectClose(unshifted, logits);
  const last = layers.length - 1;
  expectClose(shiftedLogits(layers, images, last, tf.scalar(3)), tf.add(logits, 3));
  tf.dispose(theta);
});

test('a run is the same twice, finite, and leaves nothing behind', () => {
  const setting = { architecture: NAMES[1] as ArchitectureName, training: 25, epochs: [0, 1] };
  const first = convolutions.test(setting, 1);
  const before = tf.memory().numTensors;
  expect(convolutions.test(setting, 1)).toEqual(first);
  expect(tf.memory().numTensors).toBe(before);
  expect(Object.keys(first)).toEqual(['epochs', 'exact', 'tail', 'positions']);
  for (const list of Object.values(first) as number[][]) {
    expect(list).toHaveLength(2);
    expect(list.every(Number.isFinite)).toBe(true);
  }
  expect((first.exact as number[])[1]).not.toBe((first.exact as number[])[0]);
});

test('the table has the means of every number of epochs', () => {
  const results: ArmResults[] = [
    {
      condition: 'digits',
      arm: 'net',
      tuning: [],
      chosen: '',
      edge: false,
      test: {
        epochs: [
          [0, 6],
          [0, 6],
        ],
        exact: [
          [10, 40],
          [20, 40],
        ],
        tail: [
          [0.5, 0.25],
          [0.7, 0.25],
        ],
        positions: [
          [1, 0.5],
          [1, 0.5],
        ],
      },
    },
  ];
  const { markdown, claims, losses } = convolutions.report(results);
  const cells = markdown
    .split('\n')
    .filter((line) => line.includes('| net, after'))
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
  expect(cells).toEqual([
    ['net, after 0 epochs', '15.0 [10.0, 20.0]', '60 [50, 70]', '100 [100, 100]'],
    ['net, after 6 epochs', '40.0 [40.0, 40.0]', '25 [25, 25]', '50 [50, 50]'],
  ]);
  expect([claims, losses]).toEqual([[], []]);
});
