import * as tf from '@tensorflow/tfjs-core';
import { expectClose, expectNoLeak, valuesOf } from '@toploss/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gram, largestEigenvalue, largestEigenvalueOf } from '../src/classification/curvature.js';
import {
  filterNormalized,
  LINE,
  lossAlongLine,
  lossOnPlane,
  PLANE,
} from '../src/classification/landscape.js';
import {
  accuracyOf,
  calibrationError,
  calibrationErrorOf,
  crossEntropyOf,
  headTraceOf,
  temperatureScaled,
  traceOf,
} from '../src/classification/metrics.js';
import { type Network, networkOf } from '../src/classification/network.js';
import type { Examples } from '../src/classification/problem.js';

/** A single layer, whose logits are (2, 0) for x = 1. */
let network: Network;
/** Three of the first class, one of the second. */
let examples: Examples;

beforeEach(() => {
  network = networkOf([1, 2], 'relu', 0);
  network.params[0]?.assign(tf.tensor2d([[2, 0]]));
  examples = {
    x: tf.ones([4, 1]),
    y: tf.tensor2d([1, 0, 1, 0, 1, 0, 0, 1], [4, 2]),
  };
});

afterEach(() => tf.dispose([network.params, { ...examples }]));

const p = 1 / (1 + Math.exp(-2)); // of the first class

it('cross-entropy and accuracy, by hand', () => {
  expectClose(crossEntropyOf(network, examples), -(3 * Math.log(p) + Math.log(1 - p)) / 4);
  expect(accuracyOf(network, examples)).toBe(0.75);
});

describe('calibration error', () => {
  it('by hand', () => {
    // Bins of 1/15: .95 and .94 in the last: |1.89 − 1| = .89; .55: |.55 − 1| = .45; .65: |.65 − 1| = .35
    expectClose(calibrationError([0.95, 0.94, 0.55, 0.65], [1, 0, 1, 1]), (0.89 + 0.45 + 0.35) / 4);
  });

  it('puts a probability of 1 into the last bin', () => {
    expectClose(calibrationError([1, 0.99], [1, 0]), 0.99 / 2);
  });

  it('of a network', () => {
    expectClose(calibrationErrorOf(network, examples), p - 0.75);
  });
});

it('temperature: 3 of 4 are of the first class, so that σ(2/T) = ¾ and T = 2/log 3', () => {
  const scaled = temperatureScaled(network, {
    classes: 2,
    features: 1,
    training: examples,
    validation: examples,
    test: examples,
  });
  expectClose(scaled.temperature, 2 / Math.log(3), 2e-3);
  expectClose(scaled.crossEntropy, -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25)));
});

describe('curvature', () => {
  it('by hand: G = A ⊗ (x; 1)(x; 1)ᵀ, A = p(1 − p) (1, −1; −1, 1)', () => {
    const expected = 2 * p * (1 - p) * 2; // tr A is A's only eigenvalue but 0; ‖x‖² + 1 = 2
    expectClose(headTraceOf(network, examples), expected);
    expectClose(traceOf(network, examples), expected);
    expectClose(largestEigenvalueOf(network, examples.x), expected);
  });

  it('largest eigenvalue of a matrix: of (2, 1; 1, 2) it is 3', () => {
    expectClose(largestEigenvalue([2, 1, 1, 2], 2), 3);
  });

  it.each(['relu', 'tanh'] as const)('of a deep network: that of Jacobians, %s', (activation) => {
    const deep = networkOf([3, 4, 4, 3], activation, 2);
    const x = tf.randomNormal<tf.Rank.R2>([5, 3], 0, 1, 'float32', 1);
    const y = tf.tensor2d(
      Array.from({ length: 15 }, (_, k) => Number(k % 4 === 0)),
      [5, 3],
    );
    // R_cᵀJ for every example and class: √p_c (∂z_c − Σ p_k ∂z_k)
    const rows = [0, 1, 2, 3, 4].flatMap((i) => {
      const one = tf.slice(x, i, 1);
      const jacobian = [0, 1, 2].map((c) => {
        const { grads } = tf.variableGrads(
          () => tf.sum(tf.slice(deep.forward(one).logits, [0, c], [1, 1])),
          deep.params,
        );
        return deep.params.flatMap(({ name }) => valuesOf(grads[name] as tf.Tensor));
      });
      const probabilities = valuesOf(tf.softmax(deep.forward(one).logits));
      const average = (jacobian[0] as number[]).map((_, j) =>
        jacobian.reduce(
          (sum, row, c) => sum + (probabilities[c] as number) * (row[j] as number),
          0,
        ),
      );
      return jacobian.map((row, c) =>
        row.map(
          (value, j) => Math.sqrt(probabilities[c] as number) * (value - (average[j] as number)),
        ),
      );
    });
    const size = (rows[0] as number[]).length;
    const G = Array.from({ length: size * size }, (_, at) => {
      const [j, k] = [Math.floor(at / size), at % size];
      return rows.reduce((sum, row) => sum + (row[j] as number) * (row[k] as number), 0) / 5;
    });
    const trace = Array.from({ length: size }, (_, j) => G[j * size + j] as number).reduce(
      (a, b) => a + b,
    );
    expectClose(traceOf(deep, { x, y }), trace, 1e-4);
    expectClose(tf.sum(tf.mul(gram(deep, x), tf.eye(15))), trace, 1e-4);
    expectClose(largestEigenvalueOf(deep, x), largestEigenvalue(G, size), 1e-3);
  });
});

describe('landscape', () => {
  it('has the loss itself in the middle', () => {
    const loss = crossEntropyOf(network, examples);
    const [line, plane] = [lossAlongLine(network, examples, 1), lossOnPlane(network, examples, 1)];
    expect(line).toHaveLength(LINE.length);
    expect(plane).toHaveLength(PLANE.length ** 2);
    expectClose(line[10] as number, loss);
    expectClose(plane[7 * 15 + 7] as number, loss);
    expectClose(crossEntropyOf(network, examples), loss); // and the network is back where it was
  });

  it('has the first direction in rows, and the weights into a neuron keep their length', () => {
    const plane = lossOnPlane(network, examples, 1);
    const d = filterNormalized(network, 1, 'plane, across');
    // Each of the two neurons has one weight, 2 and 0: it moves by ±2 and not at all, the biases not at all
    expectClose(tf.abs(d[0] as tf.Tensor), [2, 0]);
    expectClose(d[1] as tf.Tensor, [0, 0]);
    const logit = 2 + (valuesOf(d[0] as tf.Tensor)[0] as number); // 4 or 0
    const q = 1 / (1 + Math.exp(-logit));
    expectClose(plane[7 * 15 + 14] as number, -(3 * Math.log(q) + Math.log(1 - q)) / 4);
  });
});

it('leaves nothing behind', () => {
  for (const f of [
    crossEntropyOf,
    accuracyOf,
    calibrationErrorOf,
    traceOf,
    headTraceOf,
    (n: Network, e: Examples) => largestEigenvalueOf(n, e.x),
    (n: Network, e: Examples) => lossAlongLine(n, e, 1),
    (n: Network, e: Examples) => lossOnPlane(n, e, 1),
  ]) {
    expectNoLeak(() => {
      f(network, examples);
      return [];
    });
  }
});
