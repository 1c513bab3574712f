import { random } from '@toploss/examples/random';
import { expectClose } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { curl } from '../src/studies/correspondence/curl.js';
import { along, jacobian } from '../src/studies/correspondence/differences.js';
import { pathDependence, potentialError } from '../src/studies/correspondence/existence.js';
import {
  lastOrder,
  orderOf,
  RATES,
  toCorrectedFlow,
  toFlow,
} from '../src/studies/correspondence/flow.js';
import {
  byOptimizer,
  byPenalty,
  largestDifference,
} from '../src/studies/correspondence/iterates.js';
import { METHODS, type MethodName, methodOf } from '../src/studies/correspondence/methods.js';
import { randomNetwork } from '../src/studies/correspondence/network.js';
import type { Problem } from '../src/studies/correspondence/problem.js';
import { quadratic, randomQuadratics } from '../src/studies/correspondence/quadratic.js';
import type { Vector } from '../src/studies/correspondence/vector.js';

/** ℓ₁ = θ², ℓ₂ = ½θ² and, to be simple, L = ℓ₁ alone. */
const line: Problem = {
  start: [3],
  loss: quadratic([[2]], [0]),
  tasks: [quadratic([[2]], [0]), quadratic([[1]], [0])],
  tensors: [[0, 1]],
};

describe('corrections by hand, at θ = 3 of θ², where g = 6 and H = 2', () => {
  test.each<[MethodName, Vector, number]>([
    ['L2', [0], 0.3], // λθ = .1 · 3
    ['first-order SAM', [0], 0.1], // ρHg/‖g‖ = .05 · 2
    ['SAM', [0], 0.1], // 2(3 + .05) − 6
    ['AdEMAMix, average fixed', [1], 3], // 2(.9 · 1 + .1 · 6)
    ['CVP, soft gate', [0], 0.3 / (1 + Math.exp(-5))], // one weight: s/rms(s) = 1, σ(5)
    ['CWD, hard gate', [0], 0.3], // θg ≥ 0
    ['DMTA cosine, average fixed', [1], 0], // in one dimension the cosine is ±1
    // ℓ = 9 and 4.5, g = 6 and 3, ℓ/‖g‖² = .25 and .5: w = ⅓ and ⅔, Σwg = 4, less g
    ['NGER, weighted gradient', [0], -2],
  ])('%s', (name, slow, expected) => {
    expectClose(methodOf(name).correction(line, slow)([3]), [expected], 1e-6);
  });

  test('the gates close where the step goes away from zero', () => {
    const away = { ...line, loss: quadratic([[2]], [9]) }; // g = −12
    expect(methodOf('CWD, hard gate').correction(away, [0])([3])).toEqual([0]);
    const [soft] = methodOf('CVP, soft gate').correction(away, [0])([3]);
    expect(soft).toBeCloseTo(0.3 / (1 + Math.exp(5)), 10);
  });

  test('an average that is a variable does not move by itself', () => {
    const field = methodOf('AdEMAMix, average a variable').correction(line, [0]);
    expectClose(field([3, 1]), [3, 0], 1e-12);
  });
});

const points = (dimension: number): [Vector, Vector, Vector] => {
  const { normal } = random(1, 'test');
  const point = () => Array.from({ length: dimension }, normal);
  return [point(), point(), point()];
};

describe.each([
  ['quadratics', randomQuadratics(3)],
  ['the net', randomNetwork(3)],
])('derivatives in closed form: %s', (_, problem) => {
  const [theta, v] = points(problem.start.length);

  test('gradient and Hessian', () => {
    const { value, gradient, hessianProduct } = problem.loss;
    expectClose(gradient(theta), jacobian((x) => [value(x)], theta)[0] as number[], 1e-9);
    expectClose(hessianProduct(theta, v), along(gradient, theta, v), 1e-9);
  });

  const methods = Object.keys(METHODS) as MethodName[];
  test.each(
    methods.filter(
      (name) => methodOf(name).penalty && (problem.network || !methodOf(name).needsNetwork),
    ),
  )('c is the gradient of Φ: %s', (name) => {
    const slow = problem.loss.gradient(v);
    const penalty = methodOf(name).penalty?.(problem, slow) as (x: Vector) => number;
    const c = methodOf(name).correction(problem, slow)(theta);
    expectClose(c, jacobian((x) => [penalty(x)], theta)[0] as number[], 1e-8);
  });
});

test('differences are exact for polynomials of degree 6', () => {
  // d/dt (θ + tv)⁶ at θ = 1, v = 2: 6 · 2
  expect(along(([x]) => [(x as number) ** 6], [1], [2])[0]).toBeCloseTo(12, 9);
});

const rotation = ([x, y]: Vector) => [-(y as number), x as number];

test('curl by hand', () => {
  // J = [[0, −1], [1, 0]]: ‖J − Jᵀ‖ = 2√2, ‖J‖ = √2
  expect(curl(rotation, [3, 4])).toBeCloseTo(2, 9);
  // J = [[0, 1], [0, 0]]: √2 of 1
  expect(curl(([, y]) => [y as number, 0], [3, 4])).toBeCloseTo(Math.SQRT2, 9);
  expect(curl(([x, y]) => [y as number, x as number], [3, 4])).toBeLessThan(1e-9);
});

test('integrals by hand', () => {
  // From (0, 0) to (1, 0), straight: 0; by (0, 1): 0 and −1
  expect(
    pathDependence(rotation, [
      [0, 0],
      [1, 0],
      [0, 1],
    ]),
  ).toBeCloseTo(1, 12);
  // ∫₀³ 2x dx = 9
  const gradient = ([x]: Vector) => [2 * (x as number)];
  expect(potentialError(gradient, ([x]) => (x as number) ** 2, [[0], [3]])).toBeLessThan(1e-14);
  // Of another Φ: |9 − 27| of 9
  expect(potentialError(gradient, ([x]) => (x as number) ** 3, [[0], [3]])).toBeCloseTo(2, 12);
});

test('orders by hand', () => {
  expect(orderOf(RATES.map((eta) => 7 * eta))).toBeCloseTo(1, 12);
  expect(orderOf(RATES.map((eta) => 0.1 * eta ** 2))).toBeCloseTo(2, 12);
  expect(lastOrder([1, 8, 2])).toBe(2);
  // θ′ = θ − ηθ: (1 − η)^{1/η} beside e⁻¹, and beside e^{−(1 + η/2)}
  const identity = (x: Vector) => [...x];
  const descent = (eta: number) => (1 - eta) ** (1 / eta);
  expectClose(
    toFlow(identity, [1]),
    RATES.map((eta) => Math.abs(descent(eta) - Math.exp(-1))),
    1e-6,
    1e-9,
  );
  expectClose(
    toCorrectedFlow(identity, [1]),
    RATES.map((eta) => Math.abs(descent(eta) - Math.exp(-1 - eta / 2))),
    1e-6,
    1e-9,
  );
});

describe('iterates', () => {
  test('by hand', () => {
    // θ = 3: 3 − .05(6 + .3) = 2.685
    for (const path of [byOptimizer(METHODS.L2, line, 1), byPenalty(METHODS.L2, line, 1)]) {
      expect(path[1]?.[0]).toBeCloseTo(2.685, 10);
    }
  });

  test('the difference is the largest, relative to the first path', () => {
    expect(largestDifference([[1], [3, 4]], [[1.1], [3, 3]])).toBeCloseTo(0.2, 12);
  });

  test('another penalty makes other steps', () => {
    const problem = randomNetwork(1);
    const other = { ...METHODS.SAM, penalty: METHODS['first-order SAM'].penalty as never };
    const path = byOptimizer(METHODS.SAM, problem, 20);
    expect(largestDifference(path, byPenalty(METHODS.SAM, problem, 20))).toBeLessThan(1e-12);
    expect(largestDifference(path, byPenalty(other, problem, 20))).toBeGreaterThan(1e-6);
  });
});
