import * as tf from '@tensorflow/tfjs-core';
import { expectNoLeak, expectThrows } from '@toploss/testing';
import { expect, test } from 'vitest';
import { checkVariables, gradientsOf, reachedGradients } from '../src/kit/index.js';

const w = tf.variable(tf.tensor1d([3, -2]), true, 'gradients-of/w');

test('by hand: the value and the gradient of a quadratic', () => {
  // L = 3² + 2² = 13, ∂L/∂w = 2w
  const { value, grads } = gradientsOf('core', () => tf.sum(tf.square(w)), [w]);
  expect(value.dataSync()[0]).toBe(13);
  expect(Array.from((grads[w.name] as tf.Tensor).dataSync())).toEqual([6, -4]);
  expectNoLeak(() => ({ ...gradientsOf('core', () => tf.sum(tf.square(w)), [w]) }));
});

test.each<[string, unknown, RegExp]>([
  ['no function', 3, /^core: expected `loss` to be a function. Received: 3\.$/],
  [
    'no tensor',
    () => tf.tanh(w).shape,
    /^core: expected `loss` to be a tensor .* an array of 1\.$/,
  ],
  [
    'no scalar',
    () => tf.tanh(w),
    /^core: expected `loss` of shape \[\]. Received: float32 \[2\]\.$/,
  ],
  [
    'a constant',
    () => tf.scalar(1),
    /^core: expected `params` to be reached by the loss. Received: "gradients-of.w"\.$/,
  ],
  [
    'a loss that throws',
    () => {
      throw new Error(`after ${tf.tanh(w).shape}`);
    },
    /^after 2$/,
  ],
])('%s leaves nothing behind, with no tidy around', (_, loss, message) => {
  expectThrows(() => gradientsOf('core', loss as () => tf.Scalar, [w]), message);
});

test('a parameter that the loss does not reach leaves nothing behind, with no tidy around', () => {
  const u = tf.variable(tf.scalar(1), true, 'gradients-of/u');
  const call = () => gradientsOf('core', () => tf.sum(tf.square(w)), [w, u]);
  expectThrows(
    call,
    /^core: expected `params` to be reached by the loss. Received: "gradients-of.u"/,
  );
  u.dispose();
});

test('a constant of elsewhere is left to its owner', () => {
  const one = tf.scalar(1);
  expectThrows(() => gradientsOf('core', () => one, [w]), /^core: expected `params` to be reached/);
  expect(one.isDisposed).toBe(false);
  one.dispose();
});

test('parameters are variables that train, registered, each once', () => {
  const fixed = tf.variable(tf.scalar(1), false, 'gradients-of/fixed');
  const gone = tf.variable(tf.scalar(1), true, 'gradients-of/gone');
  gone.dispose();
  const check = (params: unknown) => () => checkVariables('core', params);
  expect(check([w])).not.toThrow();
  for (const none of [undefined, w, []]) {
    expect(check(none)).toThrow(/^core: expected `params` to be a non-empty array of variables/);
  }
  for (const other of [fixed, tf.scalar(1), null]) {
    expect(check([w, other])).toThrow(/^core: expected `params` to be trainable variables/);
  }
  expect(check([w, gone])).toThrow(/^core: expected `params` .*'gradients-of.gone' is not/);
  expect(check([w, w])).toThrow(/to be distinct. Received: "gradients-of.w, gradients-of.w"\.$/);
  fixed.dispose();
});

test('on an open tape, a loss has gradients by the inputs that it reaches', () => {
  const seen: number[][] = [];
  tf.grad((x) => {
    const [square, cube] = [tf.square(x), tf.pow(x, 3)];
    const grads = reachedGradients(tf.sum(square), [cube, square, x]);
    seen.push(...grads.map((grad) => Array.from(grad.dataSync())));
    return tf.sum(square);
  })(tf.tensor1d([1, 2]));
  // 1 for the square, and 2x
  expect(seen).toEqual([
    [1, 1],
    [2, 4],
  ]);
});
