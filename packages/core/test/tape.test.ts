import * as tf from '@tensorflow/tfjs-core';
import { expectNoLeak, expectSame } from '@toploss/testing';
import { expect, test } from 'vitest';
import { alias, isInGradient, record, recorded, unrecorded } from '../src/kit/index.js';

const [x, y] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];

test('an operation of our own computes only the gradients that are needed', () => {
  const computed: string[] = [];
  const f = (x: tf.Tensor) => {
    const output = unrecorded(() => tf.mul(x, y)); // a constant, but for what is recorded
    const saved = tf.keep(alias(y));
    const by = (name: string, dy: tf.Tensor) => () => {
      computed.push(name);
      return tf.mul(dy, saved);
    };
    record([x, y], output, [saved], (dy) => [by('x', dy), by('y', dy)]);
    return tf.sum<tf.Scalar>(output);
  };
  expectSame(tf.grad(f)(x), [3, 4]);
  expect(computed).toEqual(['x']);
  expectNoLeak(() => tf.grad(f)(x));
});

test('what is not recorded is a constant, and the tape goes on after an error in it', () => {
  const f = (x: tf.Tensor) => {
    const fail = () => {
      throw new RangeError('ours');
    };
    expect(() => unrecorded(fail)).toThrow('ours');
    const constant = unrecorded(() => tf.square(x));
    return tf.sum<tf.Scalar>(tf.mul(constant, x));
  };
  expectSame(tf.grad(f)(x), [1, 4]); // x²
});

test('the open tape has the operations in their order, and none is open outside of a gradient', () => {
  const seen: string[] = [];
  tf.grad((x) => {
    expect(isInGradient()).toBe(true);
    const value = tf.sum(tf.square(x));
    const names = recorded().map(({ kernelName }) => kernelName);
    seen.push(...names.filter((name) => ['Square', 'Sum'].includes(name)));
    return value;
  })(x);
  expect(seen).toEqual(['Square', 'Sum']);
  expect(isInGradient()).toBe(false);
  expect(recorded()).toEqual([]);
});
