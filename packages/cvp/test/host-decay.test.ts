import * as tf from '@tensorflow/tfjs-core';
import { expectClose, expectEachClose, normal } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { addDecay, decayOperations, gateOf } from '../src/formula.js';
import { type GateOptions, steepness } from '../src/inputs.js';
import { type Decayed, decayLoop } from '../src/loop.js';

const shape = [7, 9];
const [theta, u, x] = [normal(shape, 1, 0.1), normal(shape, 2, 1e-3), normal(shape, 3)] as const;

const options: GateOptions[] = (['cautious', 'expansion'] as const).flatMap((gate) =>
  (['rms', 'none'] as const).flatMap((normalize) =>
    [0.5, 50, 1e6, Number.POSITIVE_INFINITY].map((beta) => ({ gate, normalize, beta })),
  ),
);

/** ±β/rms(θ⊙u), from the operations. */
function slopeOf(theta: tf.Tensor, u: tf.Tensor, options: GateOptions): number {
  const { isNormalized, beta } = steepness(options);
  const rms = tf.sqrt(tf.mean(tf.square(tf.mul(theta, u))));
  return isNormalized ? beta / (rms.dataSync()[0] as number) : beta;
}

const phiOf = ({ value }: Decayed): tf.Scalar => {
  const found = value();
  return typeof found === 'number' ? tf.scalar(found) : found;
};

function expectEqual(a: Decayed, b: Decayed) {
  expectEachClose(a.sum, b.sum, 1e-4, 1e-6);
  expectClose(phiOf(a), phiOf(b), 1e-5);
}

test('by hand: the hard gate lets through what goes toward zero', () => {
  // θ⊙u = [2, −2]: x + ½ [1, 0]⊙[2, 1] = [11, 20], Φ = ½ · 1 · 2² = 2
  const [theta, u, to] = [
    [2, 1],
    [1, -2],
    [10, 20],
  ].map((row) => tf.tensor1d(row)) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const decayed = addDecay({ theta, u, to }, { beta: Number.POSITIVE_INFINITY, factor: 0.5 });
  expectEachClose(decayed.sum, [11, 20]);
  expectEachClose(phiOf(decayed), [2]);
});

test.each([50, Number.POSITIVE_INFINITY])('by hand: closed at rest, β = %d', (beta) => {
  // u = (0, ·, 0): what does not move does not decay; the gate of the second is open, rms(s) = 4/√3
  const [theta, u, to] = [tf.tensor1d([5, -2, 0]), tf.tensor1d([0, -2, 0]), tf.zeros([3])];
  const atRest = { beta, factor: 0.5, isClosedAtRest: true };
  const decaying = { theta, u, to };
  const slope = beta === Number.POSITIVE_INFINITY ? 1 : beta / (4 / Math.sqrt(3));
  for (const decayed of [
    addDecay(decaying, atRest),
    decayLoop(decaying, atRest),
    decayOperations(decaying, slope, atRest),
    decayOperations(decaying, undefined, atRest),
  ]) {
    expectEachClose(decayed.sum, [0, -1, 0], 1e-6);
    expectEachClose(phiOf(decayed), [2], 1e-6); // ½ · 2²
  }
  // By default the soft gate is half open there, and the hard one open.
  const open = beta === Number.POSITIVE_INFINITY ? 2.5 : 1.25;
  expectEachClose(addDecay(decaying, { beta, factor: 0.5 }).sum, [open, -1, 0], 1e-6);
});

describe.each(options)('the loop and the operations are equal: %o', (options) => {
  const slope = slopeOf(theta, u, options);
  test.each([
    [
      { theta, u, to: x },
      { ...options, factor: 0.3 },
    ],
    [{ theta, u }, options],
  ])('added to something or nothing: %o', (decaying, options) => {
    const loop = decayLoop(decaying, options);
    expectEqual(loop, decayOperations(decaying, undefined, options));
    expectEqual(loop, decayOperations(decaying, slope, options));
    expectEqual(loop, addDecay(decaying, options));
  });
  test('the operations with the slope known and not', () => {
    expectEachClose(gateOf(theta, u, options, slope), gateOf(theta, u, options), 2e-4, 1e-6);
  });
});

test.each([1e-30, 1e-20, 1, 1e20, 1e30])('the gate is the same at gradients of %d', (scale) => {
  const [one, scaled] = [u, tf.mul(scale, u)].map((u) => addDecay({ theta, u }, {}).sum);
  expectEachClose(scaled as tf.Tensor, one as tf.Tensor, 1e-3, 1e-6);
});

describe.each([1e-36, 1e-33, 1, 1e30])('large tensors, their gradients times %d', (scale) => {
  const theta = normal([70, 90], 1, 0.1);
  const u = tf.mul(scale, normal([70, 90], 2, 1e-3));
  test('take the operations where these are faster, to the result of the loop', () => {
    const unscaled = normal([70, 90], 2, 1e-3);
    expectEqual(addDecay({ theta, u }, {}), decayLoop({ theta, u: unscaled }, {}));
  });
});

test('one large gradient among small ones leaves the operations their range', () => {
  // u / max|u| = (1e-35, 1): s / rms(s) = (0, √2)
  const gate = gateOf(tf.ones([2]), tf.tensor1d([1e-30, 1e5]), { beta: 1 });
  expectEachClose(gate, [0.5, 1 / (1 + Math.exp(-Math.SQRT2))], 1e-6);
});

test('what is not a number stays visible', () => {
  const [nan, one] = [tf.tensor1d([Number.NaN, 1]), tf.tensor1d([1, 1])];
  for (const beta of [50, Number.POSITIVE_INFINITY]) {
    const { sum } = addDecay({ theta: nan, u: one }, { beta, normalize: 'none' });
    expect(sum.dataSync()[0]).toBeNaN();
  }
});
