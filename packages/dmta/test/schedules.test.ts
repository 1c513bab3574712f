import * as tf from '@tensorflow/tfjs-core';
import { dmta, halfLifeMu, linearAlpha } from '@toploss/dmta';
import { expectClose, expectThrows } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

test('by hand', () => {
  // α: 5·1/4, 5·2/4, 5·3/4, 5, 5, …
  const alpha = linearAlpha({ alpha: 5, steps: 4 });
  expect([0, 1, 2, 3, 4, 1000].map(alpha)).toEqual([1.25, 2.5, 3.75, 5, 5, 5]);
  // μ from ½, half-life 1, to ½^⅕, half-life 5, in 4 steps: half-lives 2, 3, 4, 5, 5, …
  const mu = halfLifeMu({ from: 0.5, to: 0.5 ** 0.2, steps: 4 });
  const expected = [2, 3, 4, 5, 5].map((halfLife) => 0.5 ** (1 / halfLife));
  for (const [step, x] of expected.entries()) {
    expect(mu(step)).toBeCloseTo(x, 12);
  }
});

test('the half-life is linear, as the paper has it', () => {
  const [from, to, steps] = [0.9, 0.9999, 1000];
  const mu = halfLifeMu({ from, to, steps });
  // f(β) = ln ½ / ln β − 1, f⁻¹(t) = ½^(1/(t + 1))
  const f = (beta: number) => Math.log(0.5) / Math.log(beta) - 1;
  for (const step of [0, 1, 10, 500, 998]) {
    const passed = (step + 1) / steps;
    const t = (1 - passed) * f(from) + passed * f(to);
    expect(mu(step)).toBeCloseTo(0.5 ** (1 / (t + 1)), 12);
    // and in one piece
    const [lnFrom, lnTo] = [Math.log(from), Math.log(to)];
    const exponent = (lnFrom * lnTo) / ((1 - passed) * lnTo + passed * lnFrom);
    expect(mu(step)).toBeCloseTo(Math.exp(exponent), 12);
  }
  expect(mu(999)).toBe(to);
  expect(mu(5000)).toBe(to);
  expect(halfLifeMu({ from: 0, to: 0.3, steps: 4 })(3)).toBe(0.3); // where ½^(1/h) is off by a digit
});

test('μ may start at 0, which has no memory', () => {
  const mu = halfLifeMu({ from: 0, to: 0.5, steps: 2 });
  expect(mu(0)).toBeCloseTo(0.25, 12); // half-life ½
  expect(halfLifeMu({ from: 0, to: 0, steps: 2 })(0)).toBe(0);
});

test('a term follows them by the steps that it observed', () => {
  const term = dmta({ mu: (step) => [0, 0.5][step] as number, alpha: (step) => step, lambda: 2 });
  const grads = { w: tf.tensor1d([8]) };
  // step 0: μ = 0, m = 8, α = 0; step 1: μ = ½, m = ½·8 + ½·2 = 5, α = 1: g + 2·1·5 = 12 for g = 2
  expectClose(term.correct(grads, {}).w as tf.Tensor, [8]);
  term.observe(grads);
  expectClose(term.slow().w as tf.Tensor, [8]);
  const next = { w: tf.tensor1d([2]) };
  expectClose(term.correct(next, {}, 77).w as tf.Tensor, [12]);
  term.observe(next);
  expectClose(term.slow().w as tf.Tensor, [5]);
  term.dispose();
});

describe('bad input', () => {
  const bad: [() => unknown, RegExp][] = [
    [() => linearAlpha({ alpha: -1, steps: 3 }), /^dmta: expected `alpha` /],
    [() => linearAlpha({ alpha: 1, steps: 0 }), /^dmta: expected `steps` /],
    [() => linearAlpha({ alpha: 1 } as never), /^dmta: expected `steps` .*undefined/],
    [() => linearAlpha({ alpha: 1, steps: 2, from: 0 } as never), /`options` .*"from"/],
    [() => linearAlpha(null as never), /^dmta: expected `options` .*null/],
    [() => halfLifeMu({ from: 0.9, to: 1, steps: 3 }), /^dmta: expected `to` .*\[0, 1\)/],
    [() => halfLifeMu({ from: Number.NaN, to: 0.9, steps: 3 }), /^dmta: expected `from` .*NaN/],
    [() => halfLifeMu({ from: 0.5, to: 0.9, steps: 1.5 }), /^dmta: expected `steps` .*1\.5/],
  ];
  test.each(bad)('%s', (f, message) => {
    expectThrows(f, message);
  });

  test('what a schedule returns', () => {
    const grads = { w: tf.tensor1d([1]) };
    expectThrows(() => dmta({ mu: () => 1 }).observe(grads), /^dmta: expected `mu\(0\)` .*: 1\./);
    expectThrows(() => dmta({ mu: () => 1 }).correct(grads, {}), /^dmta: expected `mu\(0\)`/);
    const alpha = () => Number.NaN;
    expectThrows(() => dmta({ alpha }).correct(grads, {}), /^dmta: expected `alpha\(0\)` .*NaN/);
    const lambda = () => -1;
    expectThrows(() => dmta({ lambda }).correct(grads, {}, 3), /^dmta: expected `lambda\(3\)`/);
  });
});
