import * as tf from '@tensorflow/tfjs-core';
import { withPullback } from '@toploss/core/kit';
import { lossesAndProxies, ntkProxies } from '@toploss/nger';
import { expectClose, expectNoLeak, expectSame, expectThrows, normal } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

const [x, y, z] = [normal([6, 3], 1), normal([6, 2], 2), normal([6, 1], 3)];
const A = tf.variable(normal([3, 4], 7));
const [W1, W2] = [tf.variable(normal([4, 2], 4)), tf.variable(normal([4, 1], 5))];

const trunk = () => tf.tanh(tf.matMul(x, A));
const heads = (h: tf.Tensor): tf.Scalar[] => [
  tf.mean(tf.square(tf.sub(tf.matMul(h, W1), y))),
  tf.mean(tf.abs(tf.sub(tf.elu(tf.matMul(h, W2)), z))),
];

const weighted = (losses: tf.Scalar[]) =>
  tf.addN(losses.map((loss, task) => tf.mul(task + 0.5, loss))) as tf.Scalar;

test('by hand', () => {
  // ℓ = Σ h²: ∂ℓ = 2h, κ = 4·(1 + 4) = 20
  const { taskLosses, ntkProxies } = lossesAndProxies(
    (h) => [tf.sum(tf.square(h))],
    tf.tensor1d([1, 2]),
  );
  expectClose(taskLosses[0] as tf.Scalar, 5, 1e-6);
  expectClose(ntkProxies[0] as tf.Scalar, 20, 1e-6);
});

test('the losses, and their proxies', () => {
  const h = trunk();
  const both = lossesAndProxies(heads, h);
  expectSame(tf.stack(both.taskLosses), tf.stack(heads(h)));
  expectClose(tf.stack(both.ntkProxies), ntkProxies(heads, h), 1e-6);
});

test('in a gradient, the losses have theirs: of the shared part, and of the heads', () => {
  const expected = tf.variableGrads(() => weighted(heads(trunk())));
  const { value, grads } = tf.variableGrads(() =>
    weighted(lossesAndProxies(heads, trunk()).taskLosses),
  );
  expectClose(value, expected.value, 1e-6);
  for (const [name, grad] of Object.entries(expected.grads)) {
    expectClose(grads[name] as tf.Tensor, grad, 1e-6);
  }
});

test('what reaches a head past the representation has its gradient too', () => {
  const loss = (losses: (heads: (h: tf.Tensor) => tf.Scalar[], h: tf.Tensor) => tf.Scalar[]) =>
    tf.variableGrads(() => {
      const h = trunk();
      const around = tf.mean(tf.square(h)) as tf.Scalar;
      return weighted(losses((h) => heads(h).map((l) => tf.mul(l, around) as tf.Scalar), h));
    }, [A]).grads[A.name] as tf.Tensor;
  const ours = loss((heads, h) => lossesAndProxies(heads, h).taskLosses);
  const plain = loss((heads, h) => heads(h));
  expectClose(ours, plain, 1e-6);
});

test('a head may read the representation itself, and hand out what it computes', () => {
  const gradients = (losses: (h: tf.Tensor) => tf.Scalar[]) =>
    tf.variableGrads(() => weighted(losses(trunk()))).grads;
  const expected = gradients((h) => [...heads(h), tf.mean(tf.square(tf.matMul(h, W1)))]);
  const past = gradients((h) => {
    const logits: tf.Tensor[] = [];
    const { taskLosses } = lossesAndProxies(() => {
      logits.push(tf.keep(tf.matMul(h, W1)));
      return heads(h);
    }, h);
    return [...taskLosses, ...logits.map((x) => tf.mean<tf.Scalar>(tf.square(x)))];
  });
  for (const [name, grad] of Object.entries(expected)) {
    expectClose(past[name] as tf.Tensor, grad, 1e-6);
  }
});

test('what is no variable has its gradient too, through operations beside the representation', () => {
  const h = normal([6, 4], 6);
  const ofWeights = (losses: (heads: (h: tf.Tensor) => tf.Scalar[]) => tf.Scalar[]) =>
    tf.grad((w: tf.Tensor) => {
      const heads = (h: tf.Tensor): tf.Scalar[] => [
        tf.add(tf.mean(tf.square(tf.matMul(h, tf.tanh(w)))), tf.sum(tf.square(w))),
        tf.mean(tf.mul(tf.matMul(h, w), tf.matMul(tf.square(h), w))),
      ];
      return weighted(losses(heads));
    })(normal([4, 2], 8));
  const expected = ofWeights((heads) => heads(h));
  expectClose(
    ofWeights((heads) => lossesAndProxies(heads, h).taskLosses),
    expected,
    1e-6,
  );
});

test('a loss of 0 that does not come from the representation keeps its own gradient', () => {
  const h = normal([6, 4], 6);
  const f = (w: tf.Tensor) => {
    const heads = (h: tf.Tensor): tf.Scalar[] => [tf.mean(tf.square(h)), tf.sum(w)];
    return weighted(lossesAndProxies(heads, h).taskLosses);
  };
  expectSame(tf.grad(f)(tf.tensor1d([1, -1])), [1.5, 1.5]);
});

test('one backward pass of each head serves its proxy and the step', () => {
  let passes = 0;
  const squares = (x: tf.Tensor) =>
    withPullback([x], () => ({
      value: tf.sum<tf.Scalar>(tf.square(x)),
      saved: [x],
      pullback: (dy, [x]) => {
        passes++;
        return [tf.mul(tf.mul(2, dy), x as tf.Tensor)];
      },
    }));
  const heads = (h: tf.Tensor) => [squares(tf.matMul(h, W1)), squares(tf.matMul(h, W2))];
  const { grads } = tf.variableGrads(() => weighted(lossesAndProxies(heads, trunk()).taskLosses));
  expect(passes).toBe(2);
  expect(Object.keys(grads).length).toBe(3);
});

test('the proxies are constants', () => {
  const h = normal([6, 4], 6);
  const f = (h: tf.Tensor) => tf.add(tf.addN(lossesAndProxies(heads, h).ntkProxies), tf.sum(h));
  expectSame(tf.grad(f)(h), tf.onesLike(h)); // that of the sum alone
});

test('the heads are computed once', () => {
  let calls = 0;
  const h = normal([6, 4], 6);
  lossesAndProxies((h) => {
    calls++;
    return heads(h);
  }, h);
  expect(calls).toBe(1);
});

describe('bad input', () => {
  const h = normal([6, 4], 6);
  const other = tf.clone(h);
  const [two, scalar, tokens] = [tf.ones([2]), tf.scalar(1), tf.ones([2], 'int32')];
  const cases: [string, unknown, unknown, RegExp][] = [
    ['no function', [scalar], h, /^nger: expected `heads` to be a function/],
    ['no losses', () => [], h, /^nger: expected `heads\(\)` to be a non-empty array/],
    ['a vector', () => [two], h, /^nger: expected `heads\(\)\[0\]` of shape \[\].*\[2\]/],
    [
      'past its argument',
      () => heads(other),
      h,
      /^nger: expected `heads\(\)\[0\]` to be computed from/,
    ],
    ['no tensor', heads, undefined, /^nger: expected `representation` .*undefined/],
    ['a list', heads, [h], /^nger: expected `representation` .*array/],
    ['tokens', heads, tokens, /^nger: expected `representation` .*int32/],
  ];
  test.each(cases)('%s', (_name, heads, representation, message) => {
    expectThrows(
      () => lossesAndProxies(heads as () => tf.Scalar[], representation as tf.Tensor),
      message,
    );
  });

  test('operations without a gradient are named', () => {
    const heads = (h: tf.Tensor) => [tf.sum<tf.Scalar>(tf.topk(tf.square(h)).values)];
    expectThrows(
      () => lossesAndProxies(heads, h),
      /^nger: expected `heads\(\)\[0\]` to be computed by operations .*"TopK"/,
    );
  });

  test('what the heads throw comes through, and nothing stays', () => {
    const broken = (h: tf.Tensor): tf.Scalar[] => {
      heads(h);
      throw new RangeError('of the heads');
    };
    expectThrows(() => lossesAndProxies(broken, h), /^of the heads$/);
  });
});

test('nothing leaks', () => {
  const h = normal([6, 4], 6);
  expectNoLeak(() => lossesAndProxies(heads, h));
  expectNoLeak(() => tf.tidy(() => lossesAndProxies(heads, h)));
  expectNoLeak(() => {
    const { value, grads } = tf.variableGrads(() =>
      weighted(lossesAndProxies(heads, trunk()).taskLosses),
    );
    return [value, grads];
  });
});
