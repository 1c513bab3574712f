import * as tf from '@tensorflow/tfjs-core';
import { surrogate, trainStep } from '@toploss/core';
import { dmta, halfLifeMu, linearAlpha } from '@toploss/dmta';
import { expectClose, expectSame } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

type Vector = number[];
type Schedule = (step: number) => number;

/** A loss that is no quadratic: L = Σ a (cosh-like) log(e^(θ−c) + e^(c−θ)), ∂L/∂θ = a tanh(θ − c). */
const a: Vector = [1, 0.5, 2, 0.1];
const c: Vector = [1, -1, 0.5, 2];
const start: Vector = [-2, 3, 0.1, -1];
const gradient = (theta: Vector): Vector =>
  theta.map((t, j) => (a[j] as number) * Math.tanh(t - (c[j] as number)));

const lossOf = (theta: tf.Tensor): tf.Scalar => {
  const d = tf.sub(theta, c);
  return tf.sum(tf.mul(a, tf.add(tf.softplus(tf.mul(2, d)), tf.neg(d))));
};

/**
 * AdEMAMix as in the paper, without weight decay, in float64, with β₁ = 0, so that its fast
 * average is the gradient:
 *
 *     m ← β₃ m + (1 − β₃) g,   ν ← β₂ ν + (1 − β₂) g²,   θ ← θ − η (g + α m) / (√(ν/(1 − β₂ᵗ)) + ε)
 *
 * Without ν it is plain descent on the numerator.
 */
function ademamix(
  steps: number,
  { rate, alpha, mu, beta2 }: { rate: number; alpha: Schedule; mu: Schedule; beta2?: number },
): Vector[] {
  let theta = [...start];
  let [m, nu] = [theta.map(() => 0), theta.map(() => 0)];
  return Array.from({ length: steps }, (_, k) => {
    const g = gradient(theta);
    m = m.map((x, j) => mu(k) * x + (1 - mu(k)) * (g[j] as number));
    nu = nu.map((x, j) => (beta2 ?? 0) * x + (1 - (beta2 ?? 0)) * (g[j] as number) ** 2);
    theta = theta.map((t, j) => {
      const numerator = (g[j] as number) + alpha(k) * (m[j] as number);
      const moment = (nu[j] as number) / (1 - (beta2 ?? 0) ** (k + 1));
      return t - (rate * numerator) / (beta2 === undefined ? 1 : Math.sqrt(moment) + 1e-8);
    });
    return theta;
  });
}

test('by hand', () => {
  // α = 2, μ = ½; g₀ = 4: m₀ = ½·4 = 2, g + αm = 8; g₁ = −2: m₁ = ½·2 − ½·2 = 0, g + αm = −2
  const term = dmta({ alpha: 2, mu: 0.5 });
  const first = { w: tf.tensor1d([4]) };
  expectSame(term.correct(first, {}).w as tf.Tensor, [8]);
  term.observe(first);
  expectSame(term.slow().w as tf.Tensor, [2]);
  const second = { w: tf.tensor1d([-2]) };
  expectSame(term.correct(second, {}).w as tf.Tensor, [-2]);
  term.observe(second);
  expectSame(term.slow().w as tf.Tensor, [0]);
  term.dispose();
});

test('by hand: from the first gradient', () => {
  // m₀ = g₀ = 4, g + αm = 4 + 2·4 = 12; m₁ = ½·4 − ½·2 = 1, g + αm = −2 + 2·1 = 0
  const term = dmta({ alpha: 2, mu: 0.5, start: 'first' });
  const first = { w: tf.tensor1d([4]) };
  expectSame(term.correct(first, {}).w as tf.Tensor, [12]);
  term.observe(first);
  expectSame(term.correct({ w: tf.tensor1d([-2]) }, {}).w as tf.Tensor, [0]);
  term.dispose();
});

const constants = { alpha: () => 5, mu: () => 0.99 };
const schedules = {
  alpha: linearAlpha({ alpha: 5, steps: 100 }),
  mu: halfLifeMu({ from: 0.9, to: 0.999, steps: 100 }),
};

describe.each([
  ['constants', constants],
  ['schedules', schedules],
])('200 steps, %s', (_name, { alpha, mu }) => {
  const settings = { rate: 0.05, alpha, mu };

  test('SGD on loss and term is its slow term', () => {
    const theta = tf.variable(tf.tensor1d(start));
    const term = dmta({ alpha, mu });
    const step = trainStep({
      optimizer: tf.train.sgd(settings.rate),
      params: [theta],
      terms: [term],
    });
    for (const expected of ademamix(200, settings)) {
      tf.dispose({ ...step(() => ({ loss: lossOf(theta) })) });
      expectClose(theta, expected);
    }
    tf.dispose(theta);
    term.dispose();
  });

  test('so it is with λα for α', () => {
    const [whole, split] = [
      dmta({ alpha, mu }),
      dmta({ alpha: (k) => alpha(k) / 4, mu, lambda: 4 }),
    ];
    for (let k = 0; k < 20; k++) {
      const grads = { w: tf.randomNormal([5], 0, 1, 'float32', 1 + k) };
      expectClose(
        split.correct(grads, {}, k).w as tf.Tensor,
        whole.correct(grads, {}, k).w as tf.Tensor,
        1e-6,
      );
      for (const term of [whole, split]) {
        term.observe(grads);
      }
    }
    whole.dispose();
    split.dispose();
  });

  test('with the second moment of g, it is AdEMAMix', () => {
    const beta2 = 0.999;
    const term = dmta({ alpha, mu });
    let theta: tf.Tensor = tf.tensor1d(start);
    let nu: tf.Tensor = tf.zerosLike(theta);
    for (const [k, expected] of ademamix(200, { ...settings, beta2 }).entries()) {
      const g = tf.grad((x: tf.Tensor) => lossOf(x))(theta);
      const numerator = term.correct({ theta: g }, { theta }, k).theta as tf.Tensor;
      term.observe({ theta: g });
      nu = tf.add(tf.mul(beta2, nu), tf.mul(1 - beta2, tf.square(g)));
      const moment = tf.div(nu, 1 - beta2 ** (k + 1));
      const preconditioned = tf.div(numerator, tf.add(tf.sqrt(moment), 1e-8));
      theta = tf.sub(theta, tf.mul(settings.rate, preconditioned));
      expectClose(theta, expected, 1e-4);
    }
    term.dispose();
  });

  test('through tf.train.adam it is not, as its second moment sees the corrected gradient', () => {
    const theta = tf.variable(tf.tensor1d(start));
    const term = dmta({ alpha, mu });
    const optimizer = tf.train.adam(settings.rate, 0, 0.999, 1e-8);
    const step = trainStep({ optimizer, params: [theta], terms: [term] });
    tf.dispose({ ...step(() => ({ loss: lossOf(theta) })) });
    // The first step of Adam is η sign, that of AdEMAMix is longer by the factor of g + αm.
    const moved = tf.abs(tf.sub(theta, start));
    expectClose(
      moved,
      start.map(() => settings.rate),
      1e-4,
    );
    const factor = 1 + alpha(0) * (1 - mu(0));
    const [expected] = ademamix(1, { ...settings, beta2: 0.999 }) as [Vector];
    expectClose(
      tf.abs(tf.sub(expected, start)),
      start.map(() => factor * settings.rate),
      1e-4,
    );
    tf.dispose(theta);
    term.dispose();
  });
});

test('it is the loss (1 + α(1−μ)) L + αμ ⟨sg m, θ⟩', () => {
  const [alpha, mu] = [5, 0.99];
  const term = dmta({ alpha, mu });
  let theta: tf.Tensor = tf.tensor1d(start);
  let slow: tf.Tensor = tf.zerosLike(theta);
  for (let k = 0; k < 200; k++) {
    const g = tf.grad((x: tf.Tensor) => lossOf(x))(theta);
    const asLoss = tf.grad((x: tf.Tensor) =>
      tf.add(
        tf.mul(1 + alpha * (1 - mu), lossOf(x)),
        surrogate({ w: tf.mul(alpha * mu, slow) }, { w: x }),
      ),
    )(theta);
    const corrected = term.correct({ w: g }, { w: theta }).w as tf.Tensor;
    expectClose(corrected, asLoss, 1e-6);
    term.observe({ w: g });
    slow = term.slow().w as tf.Tensor;
    theta = tf.sub(theta, tf.mul(0.05, corrected));
  }
  term.dispose();
});

test('one step with the defaults: α = 5, μ = .9999, λ = 1', () => {
  // m₀ = 1e-4 g, g + 5 m₀ = 1.0005 g
  const term = dmta();
  expectClose(term.correct({ w: tf.tensor1d([2]) }, {}).w as tf.Tensor, [2.001], 1e-7);
  expect(term.name).toBe('dmta');
});
