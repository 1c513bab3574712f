import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { type SaspWeightsOptions, saspNetwork, saspWeightsPenalty } from '@toploss/sasp';
import { expectClose, expectNoLeak, expectSame, expectThrows, normal } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

const W1 = tf.variable(normal([3, 4], 1), true, 'term/W1') as tf.Variable<tf.Rank.R2>;
const W2 = tf.variable(normal([4, 3], 2), true, 'term/W2') as tf.Variable<tf.Rank.R2>;
const x = normal([4, 3], 3) as tf.Tensor2D;
let passes = 0;
const modelFn = (e: tf.Tensor) => {
  passes += 1;
  const hidden = tf.tanh(tf.matMul(tf.reshape(e, [-1, 3]), W1));
  return tf.reshape(tf.matMul(hidden, W2), [...e.shape.slice(0, -1), 3]);
};
const params = { W1, W2 };
const inputs = () => ({ logits: modelFn(x), modelFn, embeddings: x as tf.Tensor, params });
/** By the defaults of the term. */
const phi = (options: SaspWeightsOptions) =>
  saspWeightsPenalty(modelFn(x), modelFn, x, [W1, W2], { root: 'ratio', ...options });

test('λΦ by weight noise, where no layers are given', () => {
  const term = saspNetwork({ lambda: 0.2, every: 1, seed: 7 });
  expectSame(term.penalty(inputs(), 3), tf.mul(0.2, phi({ seed: 10 })));
  expectSame(
    saspNetwork({ seed: 7 }).penalty(inputs()),
    phi({ scale: 'relative', fraction: 1, seed: 7 }),
  );
  const options = { scale: 'absolute', sigma: 1e-3, root: false, fraction: 0.5, seed: 1 } as const;
  expectSame(saspNetwork({ lambda: 1, ...options }).penalty(inputs()), phi(options));
  expectSame(
    saspNetwork({ lambda: 1, seed: 1 }).penalty({ ...inputs(), head: 'sigmoid' }),
    phi({ head: 'sigmoid', seed: 1 }),
  );
});

test('every fourth step with 4λ; in between no pass', () => {
  const term = saspNetwork({ lambda: 0.1, seed: 7 });
  const given = inputs();
  passes = 0;
  const values = [0, 1, 2, 3, 4].map((step) => term.penalty(given, step).dataSync()[0] as number);
  expect(passes).toBe(2);
  const [first, second] = [7, 8].map((seed) => phi({ seed }).dataSync()[0] as number);
  expectClose(values, [0.4 * (first as number), 0, 0, 0, 0.4 * (second as number)], 1e-6);
});

test('λ = 0 is nothing at all, and no pass', () => {
  const given = inputs();
  passes = 0;
  expectSame(saspNetwork({ lambda: 0 }).penalty(given), 0);
  expect(passes).toBe(0);
});

test('a pass of no inputs, of a model that has its own', () => {
  const forward = () => modelFn(x);
  const given = { logits: modelFn(x), forward, params };
  expectSame(saspNetwork({ lambda: 1, seed: 7 }).penalty(given), phi({ seed: 7 }));
  expectThrows(
    () => saspNetwork({ fraction: 0.5 }).penalty(given),
    /^sasp.network: expected `fraction` to be left out/,
  );
});

test('one way or the other, as the option says, and else as the model does', () => {
  const layers = [
    { input: x as tf.Tensor, kernel: W1, activation: 'tanh' as const },
    { input: tf.tanh(tf.matMul(x, W1)), kernel: W2 },
  ];
  const both = { ...inputs(), layers };
  const { layers: _, ...rest } = both;
  const { logits } = both;
  const byLayers = saspNetwork({ seed: 7 }).penalty({ logits, layers });
  const byWeights = saspNetwork({ seed: 7 }).penalty(inputs());
  expectSame(saspNetwork({ seed: 7 }).penalty(both), byLayers);
  expectSame(saspNetwork({ seed: 7, via: 'weights' }).penalty(both), byWeights);
  expectSame(saspNetwork({ seed: 7 }).penalty({ ...both, via: 'weights' }), byWeights);
  expectSame(
    saspNetwork({ seed: 7, via: 'layers' }).penalty({ ...both, via: 'weights' }),
    byLayers,
  );
  expectThrows(
    () => saspNetwork({ via: 'layers' }).penalty(rest),
    /^sasp.network: expected `layers` to be an array/,
  );
  expectThrows(
    () => saspNetwork({ via: 'weights' }).penalty({ logits, layers }),
    /^sasp.network: expected `params` to be an object/,
  );
});

describe('rows that do not count', () => {
  const tokens = normal([2, 3, 3], 5);
  const given = { logits: modelFn(tokens), modelFn, embeddings: tokens, params };
  const term = (options: object) => saspNetwork({ lambda: 1, seed: 7, root: false, ...options });
  // The rows (0, 0), (0, 1) and (1, 2) alone.
  const some = tf.gather(tf.reshape(tokens, [6, 3]), [0, 1, 5]);
  const expected = saspWeightsPenalty(modelFn(some), modelFn, some, [W1, W2], {
    ...{ seed: 7, root: false },
  });

  test('by the mask of a batch, of the rows of logits [B, L, C]', () => {
    const mask = tf.tensor2d([1, 1, 0, 0, 0, 1], [2, 3]);
    expectClose(term({}).penalty({ ...given, mask }), expected, 1e-5);
    expectClose(term({ mask: tf.cast(mask, 'bool') }).penalty(given), expected, 1e-5);
    expectSame(term({}).penalty({ ...given, mask: tf.zeros([2, 3]) }), 0);
    const flat = tf.ones([6]);
    expectThrows(
      () => term({}).penalty({ ...given, mask: flat }),
      /^sasp.weights: expected `mask` of shape \[2, 3\]/,
    );
  });

  test('by labels that are missing', () => {
    const targets = tf.tensor2d([0, 1, -1, -1, -1, 2], [2, 3], 'int32');
    expectClose(term({ ignoreLabel: -1 }).penalty({ ...given, targets }), expected, 1e-5);
  });
});

describe('mistakes', () => {
  const given = inputs();

  test('options that the other way has', () => {
    for (const options of [
      { exact: true },
      { activation: 'relu' as const },
      { includeBias: true },
    ]) {
      const [name] = Object.keys(options);
      const message = new RegExp(
        `^sasp.network: expected .${name}. to be left out with weight noise`,
      );
      expectThrows(() => saspNetwork({ via: 'weights', ...options }), message);
      expectThrows(() => saspNetwork(options).penalty(given), message);
    }
    const message = /^sasp.network: expected `sigma` to be left out with the closed form/;
    expectThrows(() => saspNetwork({ via: 'layers', sigma: 1e-3 }), message);
    expectThrows(
      () => saspNetwork({ via: 'graph' as never }),
      /^sasp.network: expected `via` to be one of "layers", "weights"/,
    );
  });

  test('are found at a step without a penalty too', () => {
    const term = saspNetwork({ every: 4 });
    const other = { ...params, W1: tf.zeros([3, 4]) };
    expectThrows(
      () => term.penalty({ ...given, params: other }, 1),
      /^sasp.network: expected `params/,
    );
    const none = { ...given, modelFn: 'model' as never };
    expectThrows(() => term.penalty(none, 1), /^sasp.network: expected `modelFn` to be a function/);
  });
});

test('leaks nothing', () => {
  const given = inputs();
  for (const step of [0, 1]) {
    expectNoLeak(() => saspNetwork({ every: 2 }).penalty(given, step));
  }
});

test('in trainStep: θ − η ∇(L + λΦ)', () => {
  const lossOf = (z: tf.Tensor) => tf.mean(tf.square(z)) as tf.Scalar;
  const { grads } = tf.variableGrads(
    () => tf.add(lossOf(modelFn(x)), tf.mul(0.3, phi({ seed: 2 }))) as tf.Scalar,
    [W1, W2],
  );
  const expected = tf.sub(W1, tf.mul(0.1, grads['term/W1'] as tf.Tensor));
  const terms = [saspNetwork({ lambda: 0.3, every: 1, seed: 2 })] as const;
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [W1, W2], terms });
  step(() => {
    const given = inputs();
    return { loss: lossOf(given.logits), ...given };
  });
  expectClose(W1, expected, 1e-4);
});
