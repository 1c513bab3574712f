import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../src/studies/multi-task/data/rows.js';
import { type Method, stepOf } from '../src/studies/multi-task/methods.js';
import type { Network } from '../src/studies/multi-task/network.js';
import { disposeExamples, type Examples } from '../src/studies/multi-task/problem.js';

/**
 * h = a x, outputs b₀ h and b₁ h; all weights and x are 1, the targets 0 and −2. By hand:
 *
 *     errors  b h − y       1 and 3
 *     losses  (b h − y)²    1 and 9
 *     by a and by b         2·1 = 2 and 2·3 = 6
 *     κ                     4 and 36
 */
let a: tf.Variable;
let b: [tf.Variable, tf.Variable];
let network: Network;
let batch: Examples;
let before: number;

const TASKS: [Task, Task] = [
  { loss: 'squared error', floor: 0.5 },
  { loss: 'squared error', floor: 5 },
];

beforeEach(() => {
  before = tf.memory().numTensors;
  const one = () => tf.tidy(() => tf.variable(tf.ones([1, 1])));
  a = one();
  b = [one(), one()];
  network = {
    shared: [a],
    own: [[b[0]], [b[1]]],
    params: [a, ...b],
    representation: (x) => tf.matMul(x, a as tf.Tensor2D),
    heads: [(h) => tf.matMul(h, b[0] as tf.Tensor2D), (h) => tf.matMul(h, b[1] as tf.Tensor2D)],
  };
  batch = examples(-2);
});

afterEach(() => {
  disposeExamples(batch);
  tf.dispose(network.params);
  expect(tf.memory().numTensors).toBe(before);
});

const examples = (noisy: number): Examples => ({
  x: tf.ones([1, 1]),
  targets: [tf.tensor2d([[0]]), tf.tensor2d([[noisy]])],
});

const weights = () => [a, ...b].map((p) => p.dataSync()[0] as number);

/** Steps of gradient descent, and the share of the clean task at each. */
function taken(
  method: Method,
  batches: readonly Examples[],
  { rate = 0.1, tasks = TASKS } = {},
): number[] {
  const optimizer = tf.train.sgd(rate);
  const step = stepOf(method, { network, tasks, optimizer });
  const shares = batches.map((each) => step.take(each));
  step.dispose?.();
  optimizer.dispose();
  return shares;
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  for (const [k, x] of expected.entries()) {
    expect(found[k]).toBeCloseTo(x, 5);
  }
}

describe('fixed weights', () => {
  it('weigh the losses', () => {
    expect(taken({ name: 'fixed weights', noisy: 0.25 }, [batch])).toEqual([0.75]);
    // a: 1 − .1 (.75·2 + .25·6) = .7; b: 1 − .1·.75·2 = .85 and 1 − .1·.25·6 = .85
    expectClose(weights(), [0.7, 0.85, 0.85]);
  });

  it('drop the noisy task with 0', () => {
    taken({ name: 'fixed weights', noisy: 0 }, [batch]);
    expectClose(weights(), [0.8, 0.8, 1]);
  });
});

describe('NTKMTL', () => {
  it('makes the gradients of the tasks equally long with p = ½', () => {
    // w ∝ 4^−½ and 36^−½, that is ¾ and ¼: ¾·2 = ¼·6
    expectClose(taken({ name: 'NTKMTL', exponent: 0.5 }, [batch]), [0.75]);
    expectClose(weights(), [0.7, 0.85, 0.85]);
  });

  it('weighs by the inverse of κ with p = 1', () => {
    // 36/(4 + 36)
    expectClose(taken({ name: 'NTKMTL', exponent: 1 }, [batch]), [0.9]);
  });

  it('is equal weights with p = 0', () => {
    expectClose(taken({ name: 'NTKMTL', exponent: 0 }, [batch]), [0.5]);
    // a: 1 − .1 (½·2 + ½·6) = .6
    expectClose(weights(), [0.6, 0.9, 0.7]);
  });
});

describe('uncertainty weighting', () => {
  it('begins with equal weights and learns the variances', () => {
    const method: Method = { name: 'uncertainty weighting', rate: 0.1 };
    // ∂L/∂s = ½ − ½ exp(−s) ℓ: 0 and −4; Adam's first step is as long as its rate: s = 0 and .1,
    // and the next share is 1/(1 + exp(−.1))
    expectClose(taken(method, [batch, batch], { rate: 0 }), [0.5, 0.524979]);
  });

  it('applies the weights ½ exp(−s) to squared errors', () => {
    taken({ name: 'uncertainty weighting', rate: 0.1 }, [batch]);
    expectClose(weights(), [0.6, 0.9, 0.7]);
  });

  it('comes to weights that are inverse to the losses', () => {
    const method: Method = { name: 'uncertainty weighting', rate: 0.05 };
    const still = Array.from({ length: 500 }, () => batch);
    // 1/(2ℓ): 1/2 and 1/18
    expect(taken(method, still, { rate: 0 }).at(-1)).toBeCloseTo(0.9, 3);
  });

  it('has twice the factor for a cross-entropy', () => {
    const labels: Examples = {
      x: tf.ones([1, 1]),
      targets: [tf.tensor2d([[1]]), tf.tensor2d([[0]])],
    };
    const tasks: [Task, Task] = [{ loss: 'cross-entropy', floor: 0 }, TASKS[1]];
    // 1 and ½
    const [share] = taken({ name: 'uncertainty weighting', rate: 0.1 }, [labels], { tasks });
    expect(share).toBeCloseTo(2 / 3, 6);
    disposeExamples(labels);
  });
});

describe('ExcessMTL', () => {
  it('moves the weights by the excess, in units of the first', () => {
    const solved = examples(1); // the noisy task has error 0 there
    // r at first g²/√g² = |g|; then the clean one g²/√(2 g²) = |g|/√2, the noisy one 0:
    // share = 1/(1 + exp(0 − 1/√2))
    expectClose(
      taken({ name: 'ExcessMTL', step: 1 }, [batch, solved], { rate: 0 }),
      [0.5, 0.669761],
    );
    disposeExamples(solved);
  });

  it('multiplies the weights step after step', () => {
    const solved = examples(1);
    // the third step: the clean one 1/√3
    const shares = taken({ name: 'ExcessMTL', step: 1 }, [batch, solved, solved], { rate: 0 });
    expect(shares[2]).toBeCloseTo(1 / (1 + Math.exp(-Math.SQRT1_2 - Math.sqrt(1 / 3))), 5);
    disposeExamples(solved);
  });

  it('is equal weights with η = 0', () => {
    expectClose(taken({ name: 'ExcessMTL', step: 0 }, [batch, batch]), [0.5, 0.5]);
    const trained = weights();
    tf.tidy(() => {
      for (const param of network.params) {
        param.assign(tf.ones([1, 1]));
      }
    });
    taken({ name: 'fixed weights', noisy: 0.5 }, [batch, batch]);
    expectClose(trained, weights());
  });
});

describe('NGER', () => {
  it('weighs by excess over κ', () => {
    // r = 1 − .5 and 9 − 5, over 4 and 36: .125 and .111
    const share = 0.125 / (0.125 + 4 / 36);
    expectClose(taken({ name: 'NGER', floor: 'known', gamma: 1 }, [batch]), [share]);
    expectClose(weights(), [
      1 - 0.1 * (share * 2 + (1 - share) * 6),
      1 - 0.1 * share * 2,
      1 - 0.1 * (1 - share) * 6,
    ]);
  });

  it('weighs by the excess alone with γ = 0', () => {
    expectClose(taken({ name: 'NGER', floor: 'known', gamma: 0 }, [batch]), [0.5 / 4.5]);
  });

  it.each(['ema-min', 'window-min', 'taylor'] as const)(
    'takes steps with the floor %s',
    (floor) => {
      const shares = taken({ name: 'NGER', floor, gamma: 1 }, [batch, batch, batch]);
      expect(shares.every((share) => share > 0 && share < 1)).toBe(true);
      expect(weights()[0]).toBeLessThan(1);
    },
  );
});
