import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { trainStep } from '../src/index.js';
import { type Weight, weightAt, weighted } from '../src/kit/index.js';

test('by hand: a number, and a schedule', () => {
  expect(weightAt('test', 0.5, 7)).toBe(0.5);
  expect(weightAt('test', (step) => step / 4, 2)).toBe(0.5); // 2/4
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '1'])('λ = %s at some step', (bad) => {
  const schedule: Weight = (step) => (step < 3 ? 1 : (bad as number));
  expect(weightAt('test', schedule, 2)).toBe(1);
  expect(() => weightAt('test', schedule, 3)).toThrow(
    /^test: expected `lambda\(3\)` to be a finite number ≥ 0, in float32. Received: /,
  );
});

test('λΦ, and exactly zero at λ = 0, where Φ overflows too', () => {
  const f = (lambda: number) => (x: tf.Tensor) =>
    weighted('test', lambda, 0, [x], () => tf.square(x) as tf.Scalar);
  // ½x² at 3: the value 4.5, the gradient 3
  expect(f(0.5)(tf.scalar(3)).dataSync()[0]).toBe(4.5);
  expect(tf.grad(f(0.5))(tf.scalar(3)).dataSync()[0]).toBe(3);
  expect(f(0)(tf.scalar(1e30)).dataSync()[0]).toBe(0);
  expect(tf.grad(f(0))(tf.scalar(1e30)).dataSync()[0]).toBe(0);
});

test('a λ that is 0 to float32 is 0, where 0·∞ would be NaN', () => {
  // The smallest number of float32 is 1.4e-45, and half of it is rounded to 0.
  expect(weightAt('test', 1.4e-45, 0)).toBe(1.4e-45);
  expect(weightAt('test', () => 7e-46, 0)).toBe(0);
  const x = tf.scalar(1e30);
  const value = weighted('test', 1e-50, 0, [x], () => tf.square(x) as tf.Scalar);
  expect(value.dataSync()[0]).toBe(0);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('the number λ = %d', (bad) => {
  expect(() => weightAt('test', bad, 0)).toThrow(
    new RegExp(`^test: expected \`lambda\\(0\\)\` .* Received: ${bad}\\.$`),
  );
});

test('at λ = 0 the loss and its gradient stay as they are, bit for bit', () => {
  const x = tf.tensor1d([1e30, 0.1]);
  const base = (y: tf.Tensor) => tf.sum(tf.sin(y)) as tf.Scalar;
  // Φ overflows, to Infinity at the first entry and to NaN altogether.
  const phi = (y: tf.Tensor) => {
    const square = tf.sum(tf.square(y));
    return tf.sub(square, square) as tf.Scalar;
  };
  const total = (y: tf.Tensor) =>
    tf.add(
      base(y),
      weighted(
        'test',
        (step) => step,
        0,
        [y],
        () => phi(y),
      ),
    );
  expect(phi(x).dataSync()[0]).toBeNaN();
  expect(total(x).dataSync()).toEqual(base(x).dataSync());
  expect(tf.grad(total)(x).dataSync()).toEqual(tf.grad(base)(x).dataSync());
});

test('Φ is evaluated at λ = 0 too, for the checks of its inputs, and nothing leaks', () => {
  const x = tf.scalar(2);
  const { numTensors } = tf.memory();
  for (const lambda of [0, 0.5]) {
    weighted('test', lambda, 0, [x], () => tf.square(x) as tf.Scalar).dispose();
    const broken = () =>
      weighted('test', lambda, 0, [x], () => {
        tf.square(x);
        throw new Error('oh');
      });
    expect(broken).toThrow('oh');
  }
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('as in plain training, λ = 0 leaves out what the penalty alone reaches', () => {
  const [a, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(1))];
  const optimizer = tf.train.adam(0.1); // a gradient of 0 would move b by the average of the step before
  const penalty = (_: object, step = 0) =>
    weighted(
      'half',
      (k) => (k === 0 ? 1 : 0),
      step,
      [b],
      () => tf.square(b) as tf.Scalar,
    );
  const step = trainStep({
    optimizer,
    params: [a, b],
    terms: [{ name: 'half' as const, penalty }],
  });
  const take = () => {
    const losses = step(() => ({ loss: tf.square(a) as tf.Scalar }));
    const values = Object.values(losses).map((x) => x.dataSync()[0] as number);
    tf.dispose(losses);
    return values;
  };
  take();
  const [before] = b.dataSync();
  const [total, base, half] = take();
  expect(b.dataSync()[0]).toBe(before);
  expect(half).toBe(0);
  expect(total).toBe(base);
  tf.dispose([a, b]);
  optimizer.dispose();
});
