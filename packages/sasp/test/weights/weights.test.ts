import * as tf from '@tensorflow/tfjs-core';
import { type SaspWeightsOptions, saspWeightsPenalty } from '@toploss/sasp';
import { expectClose, expectSame, normal, valuesOf } from '@toploss/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { type Model, sizesOf, traceByJacobians } from '../network/jacobians.js';

const heads = ['softmax', 'sigmoid', 'linear'] as const;

afterEach(() => tf.disposeVariables());

const variable = (values: tf.TensorLike) => tf.variable(tf.tensor(values));

/** T̂ and its gradients, of a model at x, under noise that is given for each variable. */
function differentiated(
  f: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  params: tf.Variable[],
  options: SaspWeightsOptions,
  noise?: readonly tf.Tensor[],
) {
  const given = noise && {
    noise: Object.fromEntries(params.map(({ name }, k) => [name, noise[k] as tf.Tensor])),
  };
  const { value, grads } = tf.variableGrads(
    () => saspWeightsPenalty(f(x), f, x, params, { root: false, ...options, ...given }),
    params,
  );
  return { value, grads: params.map(({ name }) => grads[name] as tf.Tensor) };
}

describe('by hand', () => {
  test('a linear head on two layers of one weight, relative', () => {
    // a = 2, b = 3, x = 1: z = 6. v = (1, −1), σ = ½, ρ = (2, 3): a′ = 3, b′ = 3/2, ẑ = 9/2. Δ = −3, T̂ = 9.
    // ρ constant: ∂T̂/∂a = 2Δ(b′ − b)/σ = −6·(−3) = 18, ∂T̂/∂b = 2Δ(a′ − a)/σ = −6·2 = −12.
    const params = [variable([[2]]), variable([[3]])] as tf.Variable<tf.Rank.R2>[];
    const f = (x: tf.Tensor) =>
      params.reduce<tf.Tensor>((h, W) => tf.matMul(h as tf.Tensor2D, W), x);
    const v = [tf.tensor2d([[1]]), tf.tensor2d([[-1]])];
    const { value, grads } = differentiated(
      f,
      tf.ones([1, 1]),
      params,
      { head: 'linear', sigma: 0.5 },
      v,
    );
    expectClose(value, 9, 1e-6);
    expectClose(grads[0] as tf.Tensor, [18], 1e-6);
    expectClose(grads[1] as tf.Tensor, [-12], 1e-6);
  });

  const oneLayer = (W: number[], v: number[], options: SaspWeightsOptions) => {
    const params = [variable([W])] as [tf.Variable<tf.Rank.R2>];
    const f = (x: tf.Tensor) => tf.matMul(x as tf.Tensor2D, params[0]);
    const absolute = { scale: 'absolute', sigma: 0.5, ...options } as const;
    const { value, grads } = differentiated(f, tf.ones([1, 1]), params, absolute, [
      tf.tensor2d([v]),
    ]);
    return { value, grad: grads[0] as tf.Tensor };
  };

  test('a softmax of ¾ and ¼', () => {
    // Δ = v = (1, −1), Σ pΔ = ½, d = (½, −3/2): T̂ = ¾·¼ + ¼·9/4 = ¾. Δ does not depend on W; through A, p(d² − T̂):
    // ¾(¼ − ¾) = −3/8 and ¼(9/4 − ¾) = 3/8
    const { value, grad } = oneLayer([Math.log(3), 0], [1, -1], {});
    expectClose(value, 0.75, 1e-6);
    expectClose(grad, [-3 / 8, 3 / 8], 1e-6);
  });

  test('a sigmoid of ¾, and the root', () => {
    // s(1−s) = 3/16, Δ = 4: T̂ = 3; through A, s(1−s)(1−2s)Δ² = 3·(−½) = −3/2, and for the root that over 2√3
    expectClose(oneLayer([Math.log(3)], [4], { head: 'sigmoid' }).value, 3, 1e-6);
    expectClose(oneLayer([Math.log(3)], [4], { head: 'sigmoid' }).grad, [-1.5], 1e-6);
    const { value, grad } = oneLayer([Math.log(3)], [4], { head: 'sigmoid', root: true });
    expectClose(value, Math.sqrt(3), 1e-6);
    expectClose(grad, [-0.75 / Math.sqrt(3)], 1e-6);
  });

  test('a bias counts in the absolute trace, and not in the relative one', () => {
    // z = w + b: Δ = v_w + v_b = 3 + 4, or ρ v_w = 2·3
    const params = [variable([[2]]), variable([1])];
    const [w, b] = params as [tf.Variable<tf.Rank.R2>, tf.Variable];
    const f = (x: tf.Tensor) => tf.add(tf.matMul(x as tf.Tensor2D, w), b);
    const v = [tf.tensor2d([[3]]), tf.tensor1d([4])];
    for (const [scale, T] of [
      ['absolute', 49],
      ['relative', 36],
    ] as const) {
      const options = { head: 'linear', sigma: 0.5, scale } as const;
      expectClose(differentiated(f, tf.ones([1, 1]), params, options, v).value, T, 1e-6);
    }
  });
});

type Matrix = tf.Tensor2D;
const matMul = (x: tf.Tensor, W: tf.Tensor | undefined) => tf.matMul(x as Matrix, W as Matrix);

interface Architecture {
  name: string;
  x: tf.Tensor;
  shapes: number[][];
  model: Model;
}

const architectures: Architecture[] = [
  {
    name: 'dense layers around a batch normalization, which sees all rows',
    x: normal([4, 3], 1),
    shapes: [[3, 5], [5], [5], [5, 3], [3]],
    model: (x, [W1, gain, shift, W2, b]) => {
      const h = matMul(x, W1);
      const centered = tf.sub(h, tf.mean(h, 0));
      const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centered), 0), 1e-3));
      const normalized = tf.div(centered, deviation);
      const a = tf.tanh(tf.add(tf.mul(normalized, gain as tf.Tensor), shift as tf.Tensor));
      return tf.add(matMul(a, W2), b as tf.Tensor);
    },
  },
  {
    name: 'attention, with logits for each token',
    x: normal([2, 3, 4], 2),
    shapes: [[4, 4], [4, 4], [4, 3], [3]],
    model: (x, [Q, K, V, b]) => {
      const sequences = tf.unstack(x).map((e) => {
        const weights = tf.softmax(tf.matMul(matMul(e, Q), matMul(e, K) as Matrix, false, true));
        return tf.add(matMul(weights, matMul(e, V)), b as tf.Tensor);
      });
      return tf.stack(sequences);
    },
  },
  {
    name: 'one kernel for two layers',
    x: normal([3, 4], 3),
    shapes: [
      [4, 4],
      [4, 2],
    ],
    model: (x, [W, V]) => matMul(tf.tanh(matMul(tf.tanh(matMul(x, W)), W)), V),
  },
];

describe.each(architectures)('$name', ({ x, shapes, model }) => {
  const of = () => shapes.map((shape, k) => tf.variable(normal(shape, 10 + k, 0.6)));

  // T̂ is a quadratic form in v, as σ → 0: its trace is its sum over the unit vectors, with nothing left to chance. The mean of
  // v and −v has an error of the order of σ².
  test.each(heads)('the sum over unit vectors is the exact trace, %s', (head) => {
    const params = of();
    const f = (x: tf.Tensor) => model(x, params);
    for (const scale of ['absolute', 'relative'] as const) {
      const sum = tf.tidy(() => {
        const zeros = Object.fromEntries(params.map((p) => [p.name, tf.zerosLike(p) as tf.Tensor]));
        const z = f(x);
        let total = 0;
        for (const { name, shape, size } of params) {
          for (let j = 0; j < size; j++) {
            for (const sign of [1, -1]) {
              const unit = new Float32Array(size);
              unit[j] = sign;
              const noise = { ...zeros, [name]: tf.tensor(unit, shape) };
              const options = { head, scale, sigma: 2 ** -8, root: false, noise };
              total += valuesOf(saspWeightsPenalty(z, f, x, params, options))[0] as number;
            }
          }
        }
        return total / 2;
      }) as unknown as number;
      const sizes = scale === 'relative' ? sizesOf(params) : undefined;
      expectClose(sum, traceByJacobians(model, x, params, head, sizes), 5e-4);
    }
  });
});

describe('the measure', () => {
  const relu = (params: readonly tf.Tensor[]) => (x: tf.Tensor) =>
    tf.add(
      matMul(tf.relu(tf.add(matMul(x, params[0]), params[1] as tf.Tensor)), params[2]),
      params[3] as tf.Tensor,
    );
  const params = () =>
    [[3, 5], [5], [5, 2], [2]].map((shape, k) => tf.variable(normal(shape, 20 + k)));
  const x = normal([6, 3], 4);

  test('relative: a ReLU layer scaled up and the next one down is the same model; absolute: it is not', () => {
    const [before, after] = [params(), params()];
    for (const [k, c] of [16, 16, 1 / 16].entries()) {
      after[k]?.assign(tf.mul(after[k] as tf.Tensor, c));
    }
    const of = (theta: tf.Variable[], scale: 'absolute' | 'relative') =>
      valuesOf(
        saspWeightsPenalty(relu(theta)(x), relu(theta), x, theta, { scale, seed: 3 }),
      )[0] as number;
    expectClose(of(after, 'relative'), of(before, 'relative'), 1e-5);
    expect(Math.abs(of(after, 'absolute') / of(before, 'absolute') - 1)).toBeGreaterThan(0.1);
  });

  test('a seed gives the same noise, whatever the names; another seed gives other noise', () => {
    const of = (seed?: number) => {
      const theta = params();
      return valuesOf(
        saspWeightsPenalty(
          relu(theta)(x),
          relu(theta),
          x,
          theta,
          seed === undefined ? {} : { seed },
        ),
      );
    };
    expect(of(5)).toEqual(of(5));
    expect(of(5)).not.toEqual(of(6));
    expect(of()).not.toEqual(of());
  });

  test('logits of any rank are rows of the last axis', () => {
    const theta = params();
    const flat = relu(theta);
    const tokens = (e: tf.Tensor) => tf.reshape(flat(tf.reshape(e, [6, 3])), [3, 2, 2]);
    const options = { seed: 1 };
    expectSame(
      saspWeightsPenalty(tokens(x), tokens, tf.reshape(x, [3, 2, 3]), theta, options),
      saspWeightsPenalty(flat(x), flat, x, theta, options),
    );
  });

  test('a part of the batch is a block of its rows', () => {
    const theta = params();
    const f = relu(theta);
    const rows = tf.slice(x, 3, 3);
    expectSame(
      saspWeightsPenalty(f(x), f, x, theta, { fraction: 0.5, seed: 1 }),
      saspWeightsPenalty(f(rows), f, rows, theta, { seed: 1 }),
    );
  });

  test('kernels of 0 have no size: Φ is its floor, and its gradient 0', () => {
    const theta = params().map((p) => tf.variable(tf.zerosLike(p)));
    const { value, grads } = differentiated(relu(theta), x, theta, { root: true, seed: 1 });
    expectClose(value, 1e-4, 1e-5);
    for (const grad of grads) {
      expectSame(grad, tf.zerosLike(grad));
    }
  });
});
