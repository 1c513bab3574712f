import * as tf from '@tensorflow/tfjs-core';
import { dmtaGradient } from '@toploss/dmta';
import { expectClose, expectNoLeak, expectSame, expectThrows, valuesOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

/** L = ½ θᵀAθ + ⟨b, tanh w⟩, with a second derivative in both. */
function problem() {
  const theta = tf.variable(tf.tensor1d([1, -1]), true, 'theta');
  const w = tf.variable(tf.tensor2d([[0.5], [-0.3]]), true, 'w');
  const A = tf.tensor2d([3, 1, 1, 2], [2, 2]);
  const loss = (): tf.Scalar => {
    const quadratic = tf.mul(0.5, tf.sum(tf.mul(theta, tf.sum(tf.mul(A, theta), 1))));
    return tf.add(quadratic, tf.sum(tf.mul([[1], [2]], tf.tanh(w))));
  };
  const slow = { theta: tf.tensor1d([0.3, 1]), w: tf.tensor2d([[1], [-1]]) };
  return { theta, w, params: [theta, w], loss, slow };
}

const used = (f: (given: ReturnType<typeof problem>) => void) => () => {
  const given = problem();
  try {
    f(given);
  } finally {
    tf.dispose(given.params);
  }
};

test('by hand: a quadratic', () => {
  // L = ½(3x² + y²) at (1, 4): g = (3, 4), ‖g‖ = 5, ĝ = (.6, .8); m̄ = (1, 0): cos = .6, Φ = .4
  // v = −((1, 0) − .6 (.6, .8))/5 = (−.64, .48)/5 = (−.128, .096); H = diag(3, 1): H v = (−.384, .096)
  const theta = tf.variable(tf.tensor1d([1, 4]), true, 'theta');
  const loss = () => tf.mul(0.5, tf.sum(tf.mul([3, 1], tf.square(theta)))) as tf.Scalar;
  const { value, grads } = dmtaGradient(loss, [theta], { theta: tf.tensor1d([1, 0]) });
  expectClose(value, 0.4, 1e-6);
  expectClose(grads.theta as tf.Tensor, [-0.384, 0.096], 1e-3);
  theta.dispose();
});

test(
  'descent along it brings the gradient round',
  used(({ loss, params, slow }) => {
    const phi = () => {
      const { value, grads } = dmtaGradient(loss, params, slow);
      for (const variable of params) {
        variable.assign(tf.sub(variable, tf.mul(0.05, grads[variable.name] as tf.Tensor)));
      }
      return valuesOf(value)[0] as number;
    };
    const values = Array.from({ length: 10 }, phi);
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(values[9]).toBeLessThan((values[0] as number) - 0.05);
  }),
);

test(
  'the scales of the loss and of the average do not matter',
  used(({ loss, params, slow }) => {
    const { value, grads } = dmtaGradient(loss, params, slow);
    const scaled = Object.fromEntries(
      Object.entries(slow).map(([name, x]) => [name, tf.mul(x, 1e10)]),
    );
    for (const scale of [1e-3, 1e-20, 1e20]) {
      const other = dmtaGradient(() => tf.mul(scale, loss()), params, scaled, { eps: 0 });
      expectClose(other.value, value, 1e-5);
      for (const [name, grad] of Object.entries(grads)) {
        expectClose(other.grads[name] as tf.Tensor, grad, 1e-3);
      }
    }
  }),
);

test(
  'eps is the floor of ‖g‖',
  used(({ loss, params, slow }) => {
    const far = dmtaGradient(loss, params, slow, { eps: 1000 });
    const farther = dmtaGradient(loss, params, slow, { eps: 2000 });
    expectClose(tf.mul(2, farther.grads.w as tf.Tensor), far.grads.w as tf.Tensor, 1e-6);
    // At a minimum of L, g = 0: no direction, no gradient.
    const theta = tf.variable(tf.zeros([2]));
    const atMinimum = dmtaGradient(() => tf.sum(tf.square(theta)), [theta], {
      [theta.name]: tf.ones([2]),
    });
    expectSame(atMinimum.value, [1]);
    expectSame(atMinimum.grads[theta.name] as tf.Tensor, [0, 0]);
    theta.dispose();
  }),
);

test(
  'without an average Φ is 1 and its gradient 0',
  used(({ loss, params }) => {
    const slow = { theta: tf.zeros([2]), w: tf.zeros([2, 1]) };
    const { value, grads } = dmtaGradient(loss, params, slow);
    expectSame(value, [1]);
    expectSame(grads.theta as tf.Tensor, [0, 0]);
    expectSame(grads.w as tf.Tensor, tf.zeros([2, 1]));
  }),
);

test(
  'the parameters come back, bit for bit, and nothing leaks',
  used(({ loss, params, slow }) => {
    const before = params.map((p) => valuesOf(p));
    expectNoLeak(() => ({ ...dmtaGradient(loss, params, slow) }));
    expectNoLeak(() => ({ ...dmtaGradient(loss, params, slow, { difference: 'forward' }) }));
    expect(params.map((p) => valuesOf(p))).toEqual(before);
    for (const failing of [1, 2, 3]) {
      let calls = 0;
      const broken = () => {
        calls += 1;
        if (calls === failing) {
          throw new Error('out of data');
        }
        return loss();
      };
      expectThrows(() => dmtaGradient(broken, params, slow), /^out of data$/);
      expect(params.map((p) => valuesOf(p))).toEqual(before);
    }
  }),
);

describe('bad input', () => {
  type Given = ReturnType<typeof problem>;
  const cases: [string, (given: Given) => unknown, RegExp][] = [
    [
      'a name is missing',
      ({ loss, params, slow: { w } }) => dmtaGradient(loss, params, { w }),
      /^dmta: expected `slow\.theta` to be a tensor.*undefined/,
    ],
    [
      'a name too many',
      ({ loss, theta, slow }) => dmtaGradient(loss, [theta], slow),
      /^dmta: expected `slow` to have keys among theta\. Received: "w"/,
    ],
    [
      'another shape',
      ({ loss, params, slow }) => dmtaGradient(loss, params, { ...slow, w: tf.scalar(1) }),
      /^dmta: expected `slow\.w` of shape \[2, 1\]/,
    ],
    [
      'a flat average',
      ({ loss, params }) => dmtaGradient(loss, params, tf.ones([4]) as never),
      /^dmta: expected `slow` /,
    ],
    [
      'not reached',
      ({ theta, params, slow }) => dmtaGradient(() => tf.sum(theta), params, slow),
      /^dmta: expected `params` to be reached by the loss. Received: "w"/,
    ],
    [
      'no variables',
      ({ loss, slow }) => dmtaGradient(loss, [], slow),
      /^dmta: expected `params` to be a non-empty array/,
    ],
    [
      'no loss',
      ({ params, slow }) => dmtaGradient(undefined as never, params, slow),
      /^dmta: expected `loss` to be a function/,
    ],
    [
      'difference',
      ({ loss, params, slow }) => dmtaGradient(loss, params, slow, { difference: 'both' as never }),
      /^dmta: expected `difference` .*"both"/,
    ],
    [
      'mode',
      ({ loss, params, slow }) => dmtaGradient(loss, params, slow, { mode: 'cosine' } as never),
      /^dmta: expected `options` .*"mode"/,
    ],
  ];
  test.each(cases)('%s', (_name, f, message) => {
    used((given) => {
      expect(() => f(given)).toThrow(message);
    })();
  });
});
