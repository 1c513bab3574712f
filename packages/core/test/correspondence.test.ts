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

test('by hand: three ways to decay make one step', () => {
  const only = (terms: (theta: tf.Variable) => Term[]) => descend(terms, 1)[1] as number;
  // θ = −1: g = sinh(−2) = −3.62686, λθ = −.3, θ′ = −1 + .05 · 3.92686 = −.803657
  for (const terms of [penalty, correction, frozen]) {
    expect(only((theta) => [terms(theta)])).toBeCloseTo(-0.803657, 5);
  }
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

test('A: a correction that is no gradient has a surrogate all the same', () => {
  // c(θ) = (λθ₂, 0, −λθ₁): its Jacobian is not symmetric, so no penalty has this gradient.
  const M = tf.tensor2d([0, lambda, 0, 0, 0, 0, -lambda, 0, 0], [3, 3]);
  const c = (theta: tf.Tensor) => tf.sum(tf.mul(M, theta), 1);
  const injected = descend((theta) => [
    {
      name: 'correction',
      correct: (grads: tf.NamedTensorMap) => ({
        [theta.name]: tf.add(grads[theta.name] as tf.Tensor, c(theta)),
      }),
    },
  ]);
  const bySurrogate = descend((theta) => [
    { name: 'surrogate', penalty: () => surrogate({ theta: c(theta) }, { theta }) },
  ]);
  for (const [k, value] of injected.entries()) {
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

test('C, in the plane: the correction of order η is (η/2) H∇F', () => {
  type Point = readonly [number, number];
  const along = (p: Point, by: number, d: Point): Point => [p[0] + by * d[0], p[1] + by * d[1]];
  // F = cosh x + ½(x − 2y)², H = [[cosh x + 1, −2], [−2, 4]]
  const gradient = ([x, y]: Point): Point => [Math.sinh(x) + x - 2 * y, 4 * y - 2 * x];
  const corrected =
    (eta: number) =>
    (p: Point): Point => {
      const [gx, gy] = gradient(p);
      return along([gx, gy], eta / 2, [(Math.cosh(p[0]) + 1) * gx - 2 * gy, 4 * gy - 2 * gx]);
    };
  const [T, start]: [number, Point] = [1, [1.5, -1]];
  const flowOf = (f: (p: Point) => Point) => {
    const steps = 2000;
    const h = -T / steps;
    let p = start;
    for (let k = 0; k < steps; k++) {
      const k1 = f(p);
      const k2 = f(along(p, h / 2, k1));
      const k3 = f(along(p, h / 2, k2));
      const k4 = f(along(p, h, k3));
      p = along(along(along(along(p, h / 6, k1), h / 3, k2), h / 3, k3), h / 6, k4);
    }
    return p;
  };
  const error = (eta: number, f: (p: Point) => Point) => {
    let p = start;
    for (let k = 0; k < Math.round(T / eta); k++) p = along(p, -eta, gradient(p));
    return Math.hypot(...along(p, -1, flowOf(f)));
  };
  const [coarse, fine] = [1 / 256, 1 / 512];
  const first = Math.log2(error(coarse, gradient) / error(fine, gradient));
  const second = Math.log2(error(coarse, corrected(coarse)) / error(fine, corrected(fine)));
  expect(Math.abs(first - 1)).toBeLessThan(0.1);
  expect(Math.abs(second - 2)).toBeLessThan(0.1);
});
