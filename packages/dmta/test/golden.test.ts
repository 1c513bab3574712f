import * as tf from '@tensorflow/tfjs-core';
import { dmta, dmtaGradient, dmtaPenalty } from '@toploss/dmta';
import { expectClose, type GoldenTensor, golden, tensorOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

interface Case {
  name: string;
  grad: GoldenTensor;
  slow: GoldenTensor;
  value: number;
  dGrad: GoldenTensor;
}

test.each(await golden<Case>('dmta'))('$name: value and gradient', (given) => {
  const slow = tensorOf<tf.Rank.R1>(given.slow);
  const { value, grad } = tf.valueAndGrad((g: tf.Tensor) => dmtaPenalty(g as tf.Tensor1D, slow))(
    tensorOf(given.grad),
  );
  expectClose(value, given.value);
  expectClose(grad, given.dGrad);
});

interface Tracker {
  name: string;
  mu: number;
  steps: { grad: GoldenTensor; slow: GoldenTensor }[];
}

describe.each(await golden<Tracker>('dmta-tracker'))('average $name', ({ mu, steps }) => {
  test.each(['linear', 'cosine'] as const)('mode %s', (mode) => {
    const term = dmta({ mode, mu, start: 'first' });
    for (const { grad, slow } of steps) {
      term.observe({ w: tensorOf(grad) });
      expectClose(term.slow().w as tf.Tensor, slow, 1e-6);
    }
    term.dispose();
  });

  test('from zero it is shorter by μ^k g₀', () => {
    // The two recurrences are linear: their difference starts at μ g₀ and shrinks by μ in each step.
    const term = dmta({ mu });
    const first = steps[0] as Tracker['steps'][number];
    for (const [k, { grad, slow }] of steps.entries()) {
      term.observe({ w: tensorOf(grad) });
      const rest = mu ** (k + 1);
      const expected = slow.data.map((m, j) => m - rest * (first.grad.data[j] as number));
      expectClose(term.slow().w as tf.Tensor, expected, 1e-6, 1e-6);
    }
    term.dispose();
  });
});

interface Network {
  name: string;
  x: GoldenTensor;
  labels: number[];
  params: GoldenTensor[];
  slow: GoldenTensor;
  value: number;
  grads: GoldenTensor[];
}

describe.each(await golden<Network>('dmta-hvp'))('$name', (given) => {
  const x = tensorOf<tf.Rank.R2>(given.x);
  const classes = (given.params.at(-1) as GoldenTensor).shape[0] as number;
  const y = tf.cast(tf.oneHot(tf.tensor1d(given.labels, 'int32'), classes), 'float32');

  const setUp = () => {
    const params = given.params.map((p) => tf.variable(tensorOf(p)));
    const [W1, b1, W2, b2] = params as tf.Tensor[] as [
      tf.Tensor2D,
      tf.Tensor,
      tf.Tensor2D,
      tf.Tensor,
    ];
    const loss = (): tf.Scalar => {
      const h: tf.Tensor2D = tf.tanh(tf.add(tf.matMul(x, W1), b1));
      const z = tf.add(tf.matMul(h, W2), b2);
      return tf.neg(tf.mean(tf.sum(tf.mul(y, tf.logSoftmax(z)), 1)) as tf.Scalar);
    };
    const pieces = tf.split(
      tensorOf<tf.Rank.R1>(given.slow),
      params.map(({ size }) => size),
    );
    const slow = Object.fromEntries(
      params.map(({ name, shape }, k) => [name, tf.reshape(pieces[k] as tf.Tensor, shape)]),
    );
    return { params, loss, slow };
  };

  test.each([
    ['central', 1e-3],
    ['forward', 2e-2], // its error is of the order of the step
  ] as const)('%s: value and gradient', (difference, relative) => {
    const { params, loss, slow } = setUp();
    const { value, grads } = dmtaGradient(loss, params, slow, { difference });
    expectClose(value, given.value);
    expect(Object.keys(grads)).toEqual(params.map(({ name }) => name));
    for (const [k, { name }] of params.entries()) {
      expectClose(grads[name] as tf.Tensor, given.grads[k] as GoldenTensor, relative);
    }
    tf.dispose(params);
  });

  test('the term adds λ of it to the gradients', () => {
    const { params, loss, slow } = setUp();
    const term = dmta({ mode: 'cosine', start: 'first', lambda: 0.5, loss });
    term.observe(slow);
    const { grads: g } = tf.variableGrads(loss, params);
    const theta = Object.fromEntries(params.map((p) => [p.name, p]));
    const { value, grads } = term.valueAndCorrect(g, theta);
    expectClose(value, 0.5 * given.value);
    for (const [k, { name }] of params.entries()) {
      const added = tf.mul(2, tf.sub(grads[name] as tf.Tensor, g[name] as tf.Tensor));
      expectClose(added, given.grads[k] as GoldenTensor, 1e-3);
    }
    term.dispose();
    tf.dispose(params);
  });
});
