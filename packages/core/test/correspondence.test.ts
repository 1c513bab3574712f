import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { surrogate, type Term, trainStep } from '../src/index.js';

// The correspondence principle: shared by every penalty, so it is tested here, on L2 and on known flows.

const lambda = 0.3;

/** Descends on L = Σ cosh(θ − 1), with one way or another to decay. */
function descend(terms: (theta: tf.Variable) => Term[], steps = 50): number[] {
  const theta = tf.variable(tf.tensor1d([2, -1, 0.5]));
  const step = trainStep({ optimizer: tf.train.sgd(0.05), params: [theta], terms: terms(theta) });
  for (let k = 0; k < steps; k++) {
    tf.dispose(step(() => ({ loss: tf.sum(tf.cosh(tf.sub(theta, 1))) as tf.Scalar })));
  }
  return Array.from(theta.dataSync());
}

const penalty = (theta: tf.Variable) => ({
  name: 'L2',
  penalty: () => tf.mul(lambda / 2, tf.sum(tf.square(theta))) as tf.Scalar,
});
const correction = (theta: tf.Variable) => ({
  name: 'decay',
  correct: (grads: tf.NamedTensorMap) => ({
    [theta.name]: tf.add(grads[theta.name] as tf.Tensor, tf.mul(lambda, theta)),
  }),
});
const frozen = (theta: tf.Variable) => ({
  name: 'surrogate',
  penalty: () => surrogate({ theta: tf.mul(lambda, theta) }, { theta }),
});

test('by hand: the surrogate has the gradient c and the value ⟨c, θ⟩', () => {
  const theta = tf.variable(tf.tensor1d([2, 3]));
  // c = (10, −1): ⟨c, θ⟩ = 20 − 3 = 17
  const c = tf.tensor1d([10, -1]);
  const { value, grads } = tf.variableGrads(() => surrogate({ theta: c }, { theta }), [theta]);
  expect(value.dataSync()[0]).toBe(17);
  expect(Array.from((grads[theta.name] as tf.Tensor).dataSync())).toEqual([10, -1]);
  expect(() => surrogate({ other: c }, { theta })).toThrow(/expected `params.other`/);
  expect(() => surrogate({ theta: tf.ones([3]) }, { theta })).toThrow(/of shape \[3\]/);
});

test('A: a penalty, its correction and its surrogate make the same steps at every η', () => {
  const inLoss = descend((theta) => [penalty(theta)]);
  const injected = descend((theta) => [correction(theta)]);
  const bySurrogate = descend((theta) => [frozen(theta)]);
  for (const [k, value] of inLoss.entries()) {
    expect(injected[k]).toBeCloseTo(value, 5);
    expect(bySurrogate[k]).toBeCloseTo(value, 5);
  }
});

// F = L + Φ in one dimension: L = cosh(θ − 1), Φ = ½λθ².
const dF = (t: number) => Math.sinh(t - 1) + lambda * t;
const ddF = (t: number) => Math.cosh(t - 1) + lambda;

/** The flow ẋ = −f(x) at time T, by Runge–Kutta. */
function flow(f: (t: number) => number, start: number, T: number): number {
  const steps = 2000;
  const h = T / steps;
  let t = start;
  for (let k = 0; k < steps; k++) {
    const k1 = -f(t);
    const k2 = -f(t + (h / 2) * k1);
    const k3 = -f(t + (h / 2) * k2);
    const k4 = -f(t + h * k3);
    t += (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4);
  }
  return t;
}

test('C: the iterates follow the flow of F with order 1, and the corrected flow with order 2', () => {
  const [T, start] = [1, 2.5];
  const descent = (eta: number) => {
    let t = start;
    for (let k = 0; k < Math.round(T / eta); k++) t -= eta * dF(t);
    return t;
  };
  const toFlow = (eta: number) => Math.abs(descent(eta) - flow(dF, start, T));
  // ∇(F + (η/4)‖∇F‖²) = F′ + (η/2) F′F″
  const toCorrected = (eta: number) =>
    Math.abs(descent(eta) - flow((t) => dF(t) * (1 + (eta / 2) * ddF(t)), start, T));
  const order = (error: (eta: number) => number) => Math.log2(error(1 / 128) / error(1 / 256));
  expect(order(toFlow)).toBeCloseTo(1, 1);
  expect(order(toCorrected)).toBeCloseTo(2, 1);

  // The descent above is the one that `trainStep` makes.
  const theta = tf.variable(tf.scalar(start));
  const step = trainStep({
    optimizer: tf.train.sgd(1 / 32),
    params: [theta],
    terms: [penalty(theta)],
  });
  for (let k = 0; k < 32; k++) {
    tf.dispose(step(() => ({ loss: tf.cosh(tf.sub(theta, 1)) as tf.Scalar })));
  }
  expect(theta.dataSync()[0]).toBeCloseTo(descent(1 / 32), 4);
});
