import * as tf from '@tensorflow/tfjs-core';
import { type DmtaInputs, dmta } from '@toploss/dmta';
import { expectClose, expectNoLeak, expectSame, expectThrows } from '@toploss/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const x = tf.randomNormal([8, 3], 0, 1, 'float32', 1);
const y = tf.randomNormal([8, 2], 0, 1, 'float32', 2);
const start = tf.randomNormal([3, 2], 0, 1, 'float32', 3);
const lossOf = (w: tf.Tensor) => tf.mean<tf.Scalar>(tf.square(tf.sub(tf.tanh(tf.matMul(x, w)), y)));

let w: tf.Variable;
let inputs: DmtaInputs;
beforeEach(() => {
  w = tf.variable(start, true, 'w');
  inputs = { params: { w }, grads: tf.variableGrads(() => lossOf(w), [w]).grads };
});
afterEach(() => w.dispose());

const past = { w: tf.randomNormal([3, 2], 0, 1, 'float32', 4) };
const terms = {
  linear: () => dmta({ lambda: 0.5, alpha: 3, mu: 0.8 }),
  cosine: () => dmta({ mode: 'cosine', lambda: 0.5, mu: 0.8, loss: () => lossOf(w) }),
};

test('linear, by hand: ∂Φ/∂θ = α m̄ₖ', () => {
  // m̄ = .2·3 = .6, then .8·.6 + .2·g with g = 1: .68; λα m̄ = 1.02, and Φ = 1.02·θ = 2.04
  const theta = tf.variable(tf.tensor1d([2]), true, 'theta');
  const term = dmta({ lambda: 0.5, alpha: 3, mu: 0.8 });
  term.observe({ theta: tf.tensor1d([3]) });
  const f = () =>
    term.penalty({ params: { theta }, grads: { theta: tf.tensor1d([1]) } }) as tf.Scalar;
  const { value, grads } = tf.variableGrads(f, [theta]);
  expectClose(value, 2.04, 1e-6);
  expectClose(grads.theta as tf.Tensor, [1.02], 1e-6);
  tf.dispose([theta, value, grads]);
  term.dispose();
});

describe.each(Object.entries(terms))('%s', (mode, make) => {
  test('its gradient is the correction', () => {
    const term = make();
    for (let k = 0; k < 3; k++) {
      const g = inputs.grads.w as tf.Tensor;
      const corrected = term.correct(inputs.grads, inputs.params).w as tf.Tensor;
      const { grads } = tf.variableGrads(
        () => tf.add(lossOf(w), term.penalty(inputs)) as tf.Scalar,
        [w],
      );
      expectClose(grads.w as tf.Tensor, corrected, 1e-5);
      if (mode === 'cosine' && k > 0) {
        expect(tf.norm(tf.sub(corrected, g)).dataSync()[0]).toBeGreaterThan(1e-3);
      }
      term.observe(past);
    }
    expectSame(w, start);
    term.dispose();
  });

  test('λ = 0: the loss bit for bit', () => {
    const term =
      mode === 'linear'
        ? dmta({ lambda: 0 })
        : dmta({ mode: 'cosine', lambda: 0, loss: () => lossOf(w) });
    term.observe(past);
    const f = () => tf.add(lossOf(w), term.penalty(inputs)) as tf.Scalar;
    const [plain, penalized] = [() => lossOf(w), f].map((f) => tf.variableGrads(f, [w]));
    expectSame(penalized?.value as tf.Tensor, plain?.value as tf.Tensor);
    expectSame(penalized?.grads.w as tf.Tensor, plain?.grads.w as tf.Tensor);
    term.dispose();
  });

  test('is pure, and leaks nothing', () => {
    const term = make();
    term.observe(past);
    const before = JSON.stringify(term.getState());
    expectNoLeak(() => tf.variableGrads(() => term.penalty(inputs), [w]));
    expect(JSON.stringify(term.getState())).toBe(before);
    term.dispose();
  });

  test('what does not fit is refused', () => {
    const term = make();
    term.observe(past);
    const [wrong, other] = [tf.ones([2, 3]), tf.ones([3, 2])];
    const cases: [unknown, RegExp][] = [
      [undefined, /^dmta: expected `inputs` .*undefined/],
      [{ params: { w } }, /^dmta: expected `grads` .*undefined/],
      [{ grads: inputs.grads }, /^dmta: expected `params` .*undefined/],
      [{ ...inputs, grads: { w: wrong } }, /^dmta: expected `grads.w` of shape \[3, 2\].*\[2, 3\]/],
      [{ ...inputs, params: { v: other } }, /^dmta: expected `params` to have keys among w/],
    ];
    for (const [bad, message] of cases) {
      expectThrows(() => term.penalty(bad as DmtaInputs), message);
    }
    term.dispose();
  });
});

test('cosine: the value is λ (1 − cos)', () => {
  const term = terms.cosine();
  expectSame(term.penalty(inputs), [0.5]); // before there is an average
  term.observe(past);
  const expected = term.valueAndCorrect(inputs.grads, inputs.params);
  expectSame(term.penalty(inputs), expected.value);
  tf.dispose(expected);
  term.dispose();
});
