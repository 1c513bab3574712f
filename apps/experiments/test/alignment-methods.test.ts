import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { dmta, halfLifeMu, linearAlpha } from '@toploss/dmta';
import { expectClose, expectNoLeak, normal, valuesOf } from '@toploss/testing';
import { expect, test } from 'vitest';
import { type Method, stepOf } from '../src/studies/alignment/methods.js';

const x = normal([8, 3], 1) as tf.Tensor2D;
const y = tf.tidy(() =>
  tf.cast(tf.oneHot(tf.tensor1d([0, 1, 0, 1, 1, 0, 1, 0], 'int32'), 2), 'float32'),
) as tf.Tensor2D;
const batch = { x, y };
const RATE = 0.01;

/** The weights before the first of some steps and after each, of a linear classifier. */
function weights(method: Method, steps: number, warmup = steps): number[][] {
  const w = tf.tidy(() => tf.variable(normal([3, 2], 2, 0.5)));
  const learner = { params: [w], logits: (rows: tf.Tensor2D) => tf.matMul(rows, w) as tf.Tensor2D };
  const step = stepOf(method, { learner, rate: RATE, warmup });
  const path = [valuesOf(w)];
  for (let k = 0; k < steps; k++) {
    step.take(batch);
    path.push(valuesOf(w));
  }
  step.dispose();
  w.dispose();
  return path;
}

const adam: Method = { name: 'Adam', beta1: 0.9 };

test.each<Method>([
  { name: 'AdEMAMix', alpha: 0, beta3: 0.99 },
  { name: 'DMTA linear', alpha: 0, mu: 0.99 },
  { name: 'DMTA cosine', lambda: 0, mu: 0.99 },
])('$name of strength 0 is Adam', (method) => {
  expectClose(weights(method, 20).flat(), weights(adam, 20).flat(), 1e-6);
});

test.each<Method>([
  { name: 'Adam', beta1: 0.99 },
  { name: 'AdEMAMix', alpha: 1, beta3: 0.99 },
  { name: 'DMTA linear', alpha: 1, mu: 0.99 },
  { name: 'DMTA cosine', lambda: 0.1, mu: 0.99 },
])('$name is not', (method) => {
  const [a, b] = [weights(method, 20), weights(adam, 20)].map((path) => path.at(-1) as number[]);
  const apart = Math.max(...(a as number[]).map((x, k) => Math.abs(x - (b?.[k] as number))));
  expect(apart).toBeGreaterThan(1e-4);
});

test('the first step: AdEMAMix lengthens it, through the second moment of Adam no α does', () => {
  // At the first step every average is that of one gradient, and Adam's step is η sign(g), also where g is
  // (1 + α(1−μ)) g. AdEMAMix's numerator is (1 + α(1−β₃)) g, over the root of g²: with α = 4 and 1 − μ = .1, at
  // the end of the warmup, 1.4 η sign(g).
  const step = (method: Method) => {
    const [from, to] = weights(method, 1, 1) as [number[], number[]];
    return to.map((x, k) => Math.abs(x - (from[k] as number)) / RATE);
  };
  expectClose(step({ name: 'DMTA linear', alpha: 4, mu: 0.9 }), new Array(6).fill(1), 1e-4);
  expectClose(step({ name: 'AdEMAMix', alpha: 4, beta3: 0.9 }), new Array(6).fill(1.4), 1e-4);
});

test('without the second moment the two are one: SGD with DMTA linear is θ ← θ − η(g + α m)', () => {
  // L = Σ hᵢ (θᵢ − 1)²/2, so g = h (θ − 1). In double: m ← β₃ m + (1 − β₃) g, θ ← θ − η (g + α m)
  const [h, rate, steps] = [[0.3, 1, 2.5], 0.1, 60];
  const alpha = linearAlpha({ alpha: 4, steps: 40 });
  const beta3 = halfLifeMu({ from: 0.9, to: 0.99, steps: 40 });
  const theta = [0.5, -1, 2];
  const m = [0, 0, 0];
  for (let k = 0; k < steps; k++) {
    for (const [i, curvature] of h.entries()) {
      const g = curvature * ((theta[i] as number) - 1);
      m[i] = beta3(k) * (m[i] as number) + (1 - beta3(k)) * g;
      theta[i] = (theta[i] as number) - rate * (g + alpha(k) * (m[i] as number));
    }
  }

  const w = tf.variable(tf.tensor1d([0.5, -1, 2]), true, 'w');
  const slow = dmta({ alpha, mu: beta3 });
  const step = trainStep({ optimizer: tf.train.sgd(rate), params: [w], terms: [slow] });
  for (let k = 0; k < steps; k++) {
    tf.dispose(
      step(() => ({
        loss: tf.sum(tf.mul(tf.div(h, 2), tf.square(tf.sub(w, 1)))) as tf.Scalar,
      })),
    );
  }
  expectClose(w, theta, 1e-5);
  w.dispose();
  slow.dispose();
});

test.each<Method>([
  adam,
  { name: 'AdEMAMix', alpha: 1, beta3: 0.99 },
  { name: 'DMTA linear', alpha: 1, mu: 0.99 },
  { name: 'DMTA cosine', lambda: 0.1, mu: 0.99 },
])('$name leaks nothing', (method) => {
  expectNoLeak(() => {
    weights(method, 3);
    return [];
  });
});
