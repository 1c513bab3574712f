import * as tf from '@tensorflow/tfjs-core';
import { saspWeightsPenalty } from '@toploss/sasp';
import { expectClose, expectNoLeak, normal } from '@toploss/testing';
import { afterEach, describe, test } from 'vitest';
import { meanQuadratic } from '../../src/trace/quadratic.js';

// What σ → 0 leads to: T of Jv itself, with Jv carried through the model beside its values, operation by operation. Where
// a ReLU has a slope at all is a constant, so that its derivatives are those of one side.

/** A value and what it moves by for a small step along v. */
type Dual = readonly [tf.Tensor, tf.Tensor];

const matMul = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D);
const conv2d = (x: tf.Tensor, K: tf.Tensor) =>
  tf.conv2d(x as tf.Tensor4D, K as tf.Tensor4D, 1, 'same');
const pool = (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid') as tf.Tensor;
const flat = (x: tf.Tensor) => tf.reshape(x, [x.shape[0] as number, -1]);

const values = {
  linear: (x: tf.Tensor, W: tf.Tensor, of = matMul) => of(x, W),
  relu: (x: tf.Tensor) => tf.relu(x),
  tanh: (x: tf.Tensor) => tf.tanh(x),
  softmax: (x: tf.Tensor) => tf.softmax(x),
  add: (a: tf.Tensor, b: tf.Tensor) => tf.add(a, b) as tf.Tensor,
  each: (x: tf.Tensor, f: (x: tf.Tensor) => tf.Tensor) => f(x),
  transpose: (x: tf.Tensor) => tf.transpose(x),
};

const duals = {
  linear: ([x, dx]: Dual, [W, dW]: Dual, of = matMul): Dual => [
    of(x, W),
    tf.add(of(dx, W), of(x, dW)),
  ],
  relu: ([x, dx]: Dual): Dual => [tf.relu(x), tf.mul(dx, tf.step(x))],
  tanh: ([x, dx]: Dual): Dual => {
    const a = tf.tanh(x);
    return [a, tf.mul(dx, tf.sub(1, tf.square(a)))];
  },
  softmax: ([x, dx]: Dual): Dual => {
    const p = tf.softmax(x);
    return [p, tf.mul(p, tf.sub(dx, tf.sum(tf.mul(p, dx), -1, true)))];
  },
  add: ([a, da]: Dual, [b, db]: Dual): Dual => [tf.add(a, b), tf.add(da, db)],
  each: ([x, dx]: Dual, f: (x: tf.Tensor) => tf.Tensor): Dual => [f(x), f(dx)],
  transpose: ([x, dx]: Dual): Dual => [tf.transpose(x), tf.transpose(dx)],
};

interface Architecture {
  name: string;
  x: tf.Tensor;
  shapes: number[][];
  // biome-ignore lint/suspicious/noExplicitAny: of values or of duals, by the operations on them
  model(o: any, x: any, theta: any[]): any;
}

const mlp = (activation: 'relu' | 'tanh'): Architecture => ({
  name: `three dense layers, ${activation}`,
  x: normal([400, 6], 1), // of which some ReLU changes its sides
  shapes: [
    [6, 24],
    [24, 24],
    [24, 4],
  ],
  model: (o, x, [W1, W2, W3]) =>
    o.linear(o[activation](o.linear(o[activation](o.linear(x, W1)), W2)), W3),
});

const architectures: Architecture[] = [
  mlp('tanh'),
  mlp('relu'),
  {
    name: 'convolutions, relu',
    x: normal([4, 8, 8, 1], 2),
    shapes: [
      [3, 3, 1, 4],
      [3, 3, 4, 4],
      [16, 3],
    ],
    model: (o, x, [K1, K2, W]) => {
      const h = o.each(o.relu(o.linear(x, K1, conv2d)), pool);
      return o.linear(o.each(o.each(o.relu(o.linear(h, K2, conv2d)), pool), flat), W);
    },
  },
  {
    name: 'attention, and a block with relu around which it is passed on',
    x: normal([7, 6], 3),
    shapes: [
      [6, 6],
      [6, 6],
      [6, 6],
      [6, 12],
      [12, 6],
      [6, 3],
    ],
    model: (o, x, [Q, K, V, W1, W2, W3]) => {
      const weights = o.softmax(o.linear(o.linear(x, Q), o.transpose(o.linear(x, K))));
      const h = o.add(x, o.linear(weights, o.linear(x, V)));
      return o.linear(o.add(h, o.linear(o.relu(o.linear(h, W1)), W2)), W3);
    },
  },
];

afterEach(() => tf.disposeVariables());

describe.each(architectures)('$name', ({ x, shapes, model }) => {
  const hasGradient = tf.getBackend() !== 'wasm' || shapes.every(({ length }) => length === 2);

  test.runIf(hasGradient).each([
    ['absolute', 1],
    ['absolute', 2],
    ['relative', 1],
    ['relative', 2],
  ] as const)(
    'value and gradient are within a hundredth of the limit, %s, noise %d',
    (scale, seed) => {
      const params = shapes.map((shape, k) => {
        const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
        return tf.variable(normal(shape, 10 + k, Math.sqrt(2 / fanIn)));
      });
      const noise = Object.fromEntries(
        params.map((p, k) => [p.name, normal(p.shape, 100 * seed + k)]),
      );
      const f = (x: tf.Tensor) => model(values, x, params) as tf.Tensor;
      const found = tf.variableGrads(() =>
        saspWeightsPenalty(f(x), f, x, params, { scale, noise, root: false }),
      );
      const directions = params.map((p) => {
        const rho = tf.sqrt(tf.mean(tf.square(tf.clone(tf.tensor(p.dataSync(), p.shape)))));
        return tf.mul(noise[p.name] as tf.Tensor, scale === 'relative' ? rho : 1);
      });
      const limit = tf.variableGrads(() => {
        const [z, dz] = model(
          duals,
          [x, tf.zerosLike(x)],
          params.map((p, k) => [p, directions[k]]),
        ) as Dual;
        // A quadratic form of z + dz − z, at σ = 1.
        return meanQuadratic('softmax', z, tf.add(z, dz), 1);
      });
      expectClose(found.value, limit.value, 0.01);
      for (const { name } of params) {
        expectClose(found.grads[name] as tf.Tensor, limit.grads[name] as tf.Tensor, 0.01);
      }
    },
  );
});

test('a ReLU that the noise switches off keeps its slope in the gradient', () => {
  // x = 1, W₁ = .01, W₂ = 2, v = (−1, 1), σ = ½: W₁′ = −.49, so a = .01 and a′ = 0; W₂′ = 5/2. z = .02, ẑ = 0, Δ = −.04.
  // As if a′ had the slope 1: ∂T̂/∂W₁ = 2Δ (W₂′ − W₂)/σ = −.08, ∂T̂/∂W₂ = 2Δ (a′ − a)/σ = .0016; by its own it would be .32.
  const [W1, W2] = [tf.variable(tf.tensor2d([[0.01]])), tf.variable(tf.tensor2d([[2]]))] as [
    tf.Variable<tf.Rank.R2>,
    tf.Variable<tf.Rank.R2>,
  ];
  const f = (x: tf.Tensor) => tf.matMul(tf.relu(tf.matMul(x as tf.Tensor2D, W1)), W2);
  const noise = { [W1.name]: tf.tensor2d([[-1]]), [W2.name]: tf.tensor2d([[1]]) };
  const options = { head: 'linear', scale: 'absolute', sigma: 0.5, root: false, noise } as const;
  const one = tf.ones([1, 1]);
  const { value, grads } = tf.variableGrads(() =>
    saspWeightsPenalty(f(one), f, one, [W1, W2], options),
  );
  expectClose(value, 0.0016, 1e-5);
  expectClose(grads[W1.name] as tf.Tensor, [-0.08], 1e-5);
  expectClose(grads[W2.name] as tf.Tensor, [0.0016], 1e-5);

  // Of a batch of which the second row is looked at, likewise; and of a second model, not of the same operations, its own.
  const two = tf.tensor2d([[-3], [1]]);
  const ofPart = () =>
    tf.variableGrads(() =>
      saspWeightsPenalty(f(two), f, two, [W1, W2], { ...options, fraction: 0.5, seed: 1 }),
    );
  expectClose(ofPart().grads[W1.name] as tf.Tensor, [-0.08], 1e-5);
  expectNoLeak(() => Object.values(ofPart()));
  const other = (x: tf.Tensor) => tf.relu(tf.relu(f(x)));
  const own = tf.variableGrads(() => saspWeightsPenalty(f(one), other, one, [W1, W2], options));
  expectClose(own.grads[W1.name] as tf.Tensor, [0.32], 1e-5);
});
