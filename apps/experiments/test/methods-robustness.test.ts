import * as tf from '@tensorflow/tfjs-core';
import { expectClose, expectNoLeak, valuesOf } from '@toploss/testing';
import { describe, expect, it } from 'vitest';
import { type Method, stepOf } from '../src/classification/methods.js';
import { networkOf } from '../src/classification/network.js';
import type { Examples } from '../src/classification/problem.js';
import { trained } from './trained.js';

/** What steps of gradient descent with rate 1 take from every parameter: the method's gradients, anew at the same place. */
function gradientsOf(
  method: Method,
  sizes: readonly number[],
  parameters: readonly number[][],
  examples: Examples,
  { seed = 0, steps = 1 } = {},
): number[][][] {
  const network = networkOf(sizes, 'linear', 0);
  const optimizer = tf.train.sgd(1);
  const step = stepOf(method, { network, optimizer, rate: 1, seed });
  return Array.from({ length: steps }, () => {
    for (const [k, p] of network.params.entries()) {
      p.assign(tf.tensor(parameters[k] as number[], p.shape));
    }
    step.take(examples);
    return network.params.map((p, k) =>
      valuesOf(p).map((after, j) => (parameters[k]?.[j] as number) - after),
    );
  });
}

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

/** One example with one entry, 1, of the first of two classes, and W = (1, 0): z = (x, 0), p = σ(x) of the first class. */
const one = { x: tf.tensor2d([[1]]), y: tf.tensor2d([[1, 0]]) };
const weights = [
  [1, 0],
  [0, 0],
];
/** ∂/∂W₁ in the steps under the seeds 0, 1, …, 19. */
const slopes = (method: Method, examples: Examples = one) =>
  Array.from({ length: 20 }, (_, seed) => {
    const [[kernel]] = gradientsOf(method, [1, 2], weights, examples, { seed }) as [[number[]]];
    return kernel[0] as number;
  });

/** Every value is one of these, and each of these is there. */
function expectAmong(values: readonly number[], expected: readonly number[]) {
  const nearest = values.map((value) => {
    const distances = expected.map((candidate) => Math.abs(value - candidate));
    expect(Math.min(...distances)).toBeLessThan(1e-6);
    return distances.indexOf(Math.min(...distances));
  });
  expect(new Set(nearest).size).toBe(expected.length);
}

describe('NEFTune', () => {
  /** The noise of each step: with W = 0, p = (½, ½) and ∂L/∂W = x̂ (−½, ½), so that x̂ = 2 ∂L/∂W₂. */
  const noiseOf = (alpha: number, entries: number, steps: number) =>
    gradientsOf(
      { name: 'NEFTune', alpha },
      [entries, 2],
      [Array(2 * entries).fill(0), [0, 0]],
      { x: tf.ones([1, entries]), y: tf.tensor2d([[1, 0]]) },
      { steps },
    ).map(([kernel]) => (kernel as number[]).filter((_, k) => k % 2 === 1).map((g) => 2 * g - 1));

  it('is bounded by α/√m in every entry, m = 100 and α = 5, and uniform within', () => {
    const noise = noiseOf(5, 100, 10).flat();
    const largest = Math.max(...noise.map(Math.abs));
    expect(largest).toBeLessThan(0.5 + 1e-6);
    expect(largest).toBeGreaterThan(0.49);
    // Deviation of the means: .5/√3/√1000 = .009; the mean square of a uniform number is a third of its bound's
    expect(Math.abs(mean(noise))).toBeLessThan(0.04);
    expect(mean(noise.map((e) => e * e))).toBeCloseTo(0.25 / 3, 2);
  });

  it('is drawn anew at every step', () => {
    const [first, second] = noiseOf(5, 4, 2) as [number[], number[]];
    expect(Math.max(...first.map((e, k) => Math.abs(e - (second[k] as number))))).toBeGreaterThan(
      0.01,
    );
  });
});

describe('SymNoise', () => {
  it('takes the mean of both sides, whatever the signs: x̂ = 1.5 and .5', () => {
    // ½ (1.5 (σ(1.5) − 1) + .5 (σ(.5) − 1))
    const expected = (1.5 * (sigmoid(1.5) - 1) + 0.5 * (sigmoid(0.5) - 1)) / 2;
    for (const slope of slopes({ name: 'SymNoise', alpha: 0.5 })) {
      expect(slope).toBeCloseTo(expected, 6);
    }
  });

  it('cancels where the gradient is linear in the input', () => {
    // W = 0: ∂L/∂W = mean of x̂ (−½, ½) = x (−½, ½)
    const zeros = [Array(4).fill(0), [0, 0]];
    const examples = { x: tf.tensor2d([[3, 4]]), y: tf.tensor2d([[1, 0]]) };
    const [[kernel]] = gradientsOf({ name: 'SymNoise', alpha: 5 }, [2, 2], zeros, examples) as [
      [number[]],
    ];
    expectClose(kernel, [-1.5, 1.5, -2, 2], 1e-6);
  });

  it('moves every example by exactly α, to one side of it and to the other', () => {
    const seen: tf.Tensor2D[] = [];
    const network = networkOf([2, 2], 'linear', 0);
    const watched = {
      ...network,
      forward: (x: tf.Tensor2D) => {
        seen.push(tf.keep(tf.clone(x)));
        return network.forward(x);
      },
    };
    const method = { name: 'SymNoise', alpha: 2 } as const;
    const training = { network: watched, optimizer: tf.train.sgd(0), rate: 0, seed: 3 };
    stepOf(method, training).take({ x: tf.tensor2d([[3, 4]]), y: tf.tensor2d([[1, 0]]) });
    const [a, b, c, d] = valuesOf(seen[0] as tf.Tensor) as [number, number, number, number];
    expect(Math.hypot(a - 3, b - 4)).toBeCloseTo(2, 5);
    expectClose([c, d], [6 - a, 8 - b], 1e-6);
  });
});

describe('R-Drop', () => {
  it('drops, and pulls the two passes together', () => {
    // h = x = 1, W = (1, 0), half of the features dropped: z₁ − z₂ is 0 or 2 in each of the two passes. With
    // p = σ(0) = ½ and P = σ(2), ∂/∂b₁ of ½ Σ CE is the mean of p − 1, and of the divergence
    // ½ (σ(u) − σ(v)) (u − v) it is ½ (σ'(u) − σ'(v)) (u − v).
    const P = sigmoid(2);
    const alpha = 3;
    const apart = (P - 1 - 0.5) / 2 + (alpha * (P * (1 - P) - 0.25) * 2) / 2;
    const found = Array.from({ length: 20 }, (_, seed) => {
      const gradients = gradientsOf(
        { name: 'R-Drop', alpha, dropout: 0.5 },
        [1, 1, 2],
        [[1], [0], [1, 0], [0, 0]],
        one,
        { seed },
      ) as [[number[], number[], number[], number[]]];
      return gradients[0][3][0] as number;
    });
    expectAmong(found, [-0.5, P - 1, apart]);
  });

  it('is plain where nothing is dropped, however large α', () => {
    expectClose(
      trained({ name: 'R-Drop', alpha: 10, dropout: 0 }),
      trained({ name: 'plain' }),
      1e-5,
    );
  });
});

describe('SBMP', () => {
  // z = 1 and ẑ = 1 ± .5, p = σ(1), q = σ(ẑ): of CE (p − 1), of Φ by both passes
  // ½ (ẑ (q − p) + z (p − q)) = ½ (ẑ − z)(q − p)
  const [lambda, alpha] = [2, 0.5];
  const slope = (shift: number) =>
    sigmoid(1) - 1 + (lambda * shift * (sigmoid(1 + shift) - sigmoid(1))) / 2;

  it('keeps the prediction where it is: the gradient through both passes', () => {
    const found = slopes({ name: 'SBMP', lambda, alpha, fraction: 1 });
    expectAmong(found, [slope(alpha), slope(-alpha)]);
  });

  it('looks at as many examples as the fraction says', () => {
    const four = { x: tf.ones<tf.Rank.R2>([4, 1]), y: tf.tile(tf.tensor2d([[1, 0]]), [4, 1]) };
    // A quarter of four is one of them, which moves to one of the sides; of all four some move to each
    const ends = [slope(alpha), slope(-alpha)] as const;
    expectAmong(slopes({ name: 'SBMP', lambda, alpha, fraction: 0.25 }, four), ends);
    const between = slopes({ name: 'SBMP', lambda, alpha, fraction: 1 }, four).filter(
      (found) => found > Math.min(...ends) + 1e-5 && found < Math.max(...ends) - 1e-5,
    );
    expect(between.length).toBeGreaterThan(0);
  });
});

const METHODS: Record<string, (strength: number) => Method> = {
  NEFTune: (alpha) => ({ name: 'NEFTune', alpha }),
  SymNoise: (alpha) => ({ name: 'SymNoise', alpha }),
  'R-Drop': (dropout) => ({ name: 'R-Drop', alpha: 1, dropout }),
  SBMP: (lambda) => ({ name: 'SBMP', lambda, alpha: 1, fraction: 1 }),
  'SBMP, by α': (alpha) => ({ name: 'SBMP', lambda: 1, alpha, fraction: 1 }),
};

describe.each(Object.entries(METHODS))('%s', (_, of) => {
  it('is plain where it is switched off', () => {
    expectClose(trained(of(0)), trained({ name: 'plain' }), 1e-5);
  });

  it('is not where it is on, and the same seed gives the same', () => {
    const [plain, once] = [trained({ name: 'plain' }), trained(of(0.5))];
    const distance = Math.max(...once.map((x, k) => Math.abs(x - (plain[k] as number))));
    expect(distance).toBeGreaterThan(1e-3);
    expect(trained(of(0.5))).toEqual(once);
  });

  it('leaves no tensors', () => {
    trained(of(0.5)); // what is kept once, such as kernels, is there now
    expectNoLeak(() => {
      trained(of(0.5));
      return [];
    });
  });
});
