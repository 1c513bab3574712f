import * as tf from '@tensorflow/tfjs-core';
import { hessianVectorProduct, stopGradient, surrogate, trainStep } from '@toploss/core';
import { Checks, flag, weightAt } from '@toploss/core/kit';
import { expectSame, expectThrows, expectThrowsWhereSeen } from '@toploss/testing';
import { expect, test } from 'vitest';

test('an option that is inherited is checked as it is read', () => {
  const options = Object.create({ isFast: 1 });
  expect(() => new Checks('test').options(options, { isFast: flag })).toThrow(
    'test: expected `isFast` to be true or false. Received: 1.',
  );
});

test('λ is a number of float32, and a step a count', () => {
  expect(weightAt('test', 3e38, 0)).toBe(3e38);
  // 1e39 is ∞ in float32, and ∞·0 is NaN
  expect(() => weightAt('test', 1e39, 0)).toThrow(/`lambda\(0\)` to be a finite number/);
  for (const step of [-1, 0.5, Number.NaN, '1']) {
    expect(() => weightAt('test', 1, step as number)).toThrow(/`step` to be an integer ≥ 0/);
  }
});

test('strings and complex numbers are tensors of nothing that can be counted with', () => {
  const words = tf.tensor1d(['a', 'b'], 'string');
  const hasComplex = tf.getKernel('Complex', tf.getBackend()) !== undefined;
  const complex = hasComplex ? [tf.complex(tf.ones([2]), tf.ones([2]))] : [];
  const c = tf.ones([2]);
  for (const w of [words, ...complex]) {
    expectThrows(() => surrogate({ w: c }, { w }), /`params.w` to hold numbers/);
    expectThrows(
      () => stopGradient(w),
      /^core.stopGradient: expected `x` to be a tensor of numbers/,
    );
  }
});

test('a surrogate of nothing says so', () => {
  expectThrows(() => surrogate(null as never, {}), /^core.surrogate: expected `correction`/);
  expectThrows(() => surrogate({}, undefined as never), /^core.surrogate: expected `params`/);
  const bad = { w: 1 } as never;
  expectThrows(() => surrogate(bad, {}), /`correction.w` to be a tensor/);
});

test('a surrogate adds up before it rounds', () => {
  // 1e30·1e30 − 1e30·1e30 = 0, where float32 has ∞ − ∞
  if (['cpu', 'wasm'].includes(tf.getBackend())) {
    const [a, b] = [tf.tensor1d([1e30, 1e30]), tf.tensor1d([1e30, -1e30])];
    expectSame(surrogate({ w: a }, { w: b }), [0]);
    expectSame(
      surrogate(
        { v: tf.scalar(1e30), w: tf.scalar(1e30) },
        { v: tf.scalar(1e30), w: tf.scalar(-1e30) },
      ),
      [0],
    );
  }
});

test('a difference that float32 does not hold is refused', () => {
  const w = tf.variable(tf.tensor1d([1]));
  const loss = () => tf.sum<tf.Scalar>(tf.square(w));
  const call = (v: number, step: number) => {
    const direction = { [w.name]: tf.tensor1d([v]) };
    return () => hessianVectorProduct(loss, [w], direction, { step });
  };
  const message = /^core.hessianVectorProduct: expected `step` to be such that/;
  expectThrowsWhereSeen(call(3e38, 1e-3), message);
  expectThrowsWhereSeen(call(1, 1e-40), message);
  expectThrowsWhereSeen(call(1e-30, 1e10), message);
  w.dispose();
});

test('a correction whose `valueAndCorrect` is no function only corrects', () => {
  const w = tf.variable(tf.tensor1d([1]), true, 'mistakes/w');
  const term = {
    name: 'half',
    correct: (grads: tf.NamedTensorMap) => ({
      'mistakes/w': tf.mul(0.5, grads['mistakes/w'] as tf.Tensor),
    }),
    valueAndCorrect: 1,
  };
  const step = trainStep({ optimizer: tf.train.sgd(1), terms: [term] });
  tf.dispose(step(() => ({ loss: tf.sum<tf.Scalar>(w) })));
  expectSame(w, [0.5]); // 1 − ½·1
  w.dispose();
});

test('`forward` that returns the loss itself is told what to return', () => {
  const x = tf.variable(tf.scalar(3));
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [x], terms: [] });
  expectThrows(
    () => step(() => tf.square(x) as never),
    /^core.trainStep: expected `forward\(\)` to be `{ loss, … }`, instead of the loss itself\. Received: float32 \[\]\.$/,
  );
  expectSame(x, 3);
  x.dispose();
});
