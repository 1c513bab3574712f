import * as tf from '@tensorflow/tfjs-core';
import { dmta } from '@toploss/dmta';
import {
  expectClose,
  expectFinite,
  expectNoLeak,
  expectSame,
  expectThrows,
  onDevice,
  valuesOf,
} from '@toploss/testing';
import { afterEach, describe, expect, test } from 'vitest';

const gradients = (seed: number) => ({
  w: tf.randomNormal([2, 3], 0, 1, 'float32', 1 + seed),
  b: tf.randomNormal([3], 0, 1, 'float32', 100 + seed),
});

test('by hand', () => {
  // μ = .75, from 0: m = ¼·8 = 2; then 2 + ¼ (−2 − 2) = 1
  const term = dmta({ mu: 0.75 });
  expect(term.slow()).toEqual({});
  term.observe({ w: tf.scalar(8) });
  expectSame(term.slow().w as tf.Tensor, [2]);
  term.observe({ w: tf.scalar(-2) });
  expectSame(term.slow().w as tf.Tensor, [1]);
  term.dispose();
});

test('an average that was handed out keeps its values, and the others are the same with it', () => {
  const [term, alone] = [dmta({ mu: 0.75 }), dmta({ mu: 0.75 })];
  const steps = [gradients(1), gradients(2), gradients(3)] as const;
  for (const x of [term, alone]) {
    x.observe(steps[0]);
  }
  const first = term.slow();
  const values = valuesOf(first.w as tf.Tensor);
  term.observe(steps[1]);
  tf.dispose(first.b as tf.Tensor); // one of the two is shared no longer
  term.observe(steps[2]);
  expect(valuesOf(first.w as tf.Tensor)).toEqual(values);
  alone.observe(steps[1]);
  alone.observe(steps[2]);
  for (const name of ['w', 'b']) {
    expectSame(term.slow()[name] as tf.Tensor, alone.slow()[name] as tf.Tensor);
  }
  for (const x of [term, alone]) {
    x.dispose();
  }
});

test('each variable has its own average, in whatever order they come', () => {
  const [both, turned, alone] = [dmta({ mu: 0.9 }), dmta({ mu: 0.9 }), dmta({ mu: 0.9 })];
  for (let k = 0; k < 5; k++) {
    const { w, b } = gradients(k);
    both.observe({ w, b });
    turned.observe(k % 2 ? { w, b } : { b, w });
    alone.observe({ w });
  }
  const [expected, inTurn, single] = [both.slow(), turned.slow(), alone.slow()];
  expectSame(inTurn.w as tf.Tensor, expected.w as tf.Tensor);
  expectSame(inTurn.b as tf.Tensor, expected.b as tf.Tensor);
  expectSame(single.w as tf.Tensor, expected.w as tf.Tensor);
  const corrected = [{ ...gradients(9) }, { b: gradients(9).b, w: gradients(9).w }].map((grads) =>
    both.correct(grads, {}),
  );
  expectSame(corrected[1]?.w as tf.Tensor, corrected[0]?.w as tf.Tensor);
  for (const term of [both, turned, alone]) {
    term.dispose();
  }
});

test('over many steps it is the average in float64', () => {
  const term = dmta();
  let expected = 0;
  for (let k = 0; k < 3000; k++) {
    const g = Math.fround(1 + Math.sin(k));
    expected = 0.9999 * expected + 0.0001 * g;
    tf.tidy(() => term.observe({ w: tf.scalar(g) }));
  }
  expectClose(term.slow().w as tf.Tensor, expected, 2e-6);
  term.dispose();
});

test('correct changes nothing', () => {
  const term = dmta({ mu: 0.9 });
  term.observe(gradients(0));
  const before = JSON.stringify(term.getState());
  const [grads, params] = [gradients(1), gradients(2)];
  const values = valuesOf(grads.w);
  const twice = [term.correct(grads, params, 3), term.correct(grads, params, 3)];
  expectSame(twice[1]?.w as tf.Tensor, twice[0]?.w as tf.Tensor);
  expect(valuesOf(grads.w)).toEqual(values);
  expect(JSON.stringify(term.getState())).toBe(before);
  term.dispose();
});

test('λα = 0 leaves the gradients as they are, bit for bit', () => {
  for (const term of [dmta({ lambda: 0 }), dmta({ alpha: 0 })]) {
    term.observe(gradients(0));
    const grads = gradients(1);
    const corrected = term.correct(grads, {});
    expectSame(corrected.w as tf.Tensor, grads.w);
    expect(corrected.w).not.toBe(grads.w);
    term.dispose();
  }
});

describe('memory', () => {
  test('one buffer of the size of the parameters, until it is disposed of', () => {
    const { numTensors } = tf.memory();
    const term = dmta({ mu: 0.9 });
    for (let k = 0; k < 3; k++) {
      tf.tidy(() => {
        term.observe(gradients(k));
        term.correct(gradients(k + 1), {});
        term.slow();
      });
      expect(tf.memory().numTensors).toBe(numTensors + 2);
    }
    term.dispose();
    term.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(term.slow()).toEqual({});
  });

  test.each(['zero', 'first'] as const)('nothing leaks, start %s', (start) => {
    expectNoLeak(() => {
      const term = dmta({ start });
      const [one, two] = [gradients(1), gradients(2)];
      const corrected = [term.correct(one, {})];
      term.observe(one);
      corrected.push(term.correct(two, {}), term.slow());
      term.observe(two);
      term.dispose();
      return [one, two, corrected];
    });
  });

  test('neither gradients nor copies are tied to the average', () => {
    for (const start of ['zero', 'first'] as const) {
      const term = dmta({ start, mu: 0 });
      const grads = gradients(1);
      const expected = valuesOf(grads.w);
      term.observe(grads);
      tf.dispose(grads);
      tf.dispose(term.slow());
      expectClose(term.slow().w as tf.Tensor, expected, 1e-6);
      term.dispose();
    }
  });

  test('disposed of, it starts anew, with other variables if need be', () => {
    const term = dmta({ mu: 0.5 });
    term.observe(gradients(1));
    term.dispose();
    expect(term.getState().steps).toBe(0);
    term.observe({ other: tf.scalar(2) });
    expectSame(term.slow().other as tf.Tensor, [1]);
    term.dispose();
  });
});

describe('bad gradients', () => {
  const { w, b } = gradients(1);
  const gone = tf.zeros([3]);
  gone.dispose();
  const cases: [string, unknown, RegExp][] = [
    ['empty', {}, /^dmta: expected `grads` to hold at least one gradient/],
    ['undefined', { w, b: undefined }, /^dmta: expected `grads\.b` to be a tensor.*undefined/],
    ['null', { w, b: null }, /^dmta: expected `grads\.b` .*null/],
    ['another shape', { w: b, b }, /^dmta: expected `grads\.w` of shape \[2, 3\].*float32 \[3\]/],
    ['disposed', { w, b: gone }, /^dmta: expected `grads\.b` .*disposed/],
    ['none', undefined, /^dmta: expected `grads` to be an object/],
  ];
  test.each(cases)('%s', (_name, grads, message) => {
    const term = dmta();
    term.observe({ w, b });
    const before = JSON.stringify(term.getState());
    expectThrows(() => term.observe(grads as tf.NamedTensorMap), message);
    expectThrows(() => term.correct(grads as tf.NamedTensorMap, { w, b }), message);
    expect(JSON.stringify(term.getState())).toBe(before);
    term.dispose();
  });

  test('at the first step', () => {
    const term = dmta();
    expectThrows(() => term.observe({}), /^dmta: expected `grads` to hold at least one/);
    expectThrows(() => term.observe(null as never), /^dmta: expected `grads` .*null/);
    expectThrows(
      () => term.observe({ w: [1] } as never),
      /^dmta: expected `grads\.w` .*array of 1/,
    );
    expectThrows(() => term.correct({ w: gone }, {}), /^dmta: expected `grads\.w` .*disposed/);
    expect(term.slow()).toEqual({});
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    '%s does not reach the average',
    (bad) => {
      for (const observed of [0, 1]) {
        const term = dmta();
        if (observed) {
          term.observe({ w, b });
        }
        const before = JSON.stringify(term.getState());
        const grads = { w, b: tf.tensor1d([1, bad, 2]) };
        const observe = () => tf.tidy(() => term.observe(grads));
        if (onDevice()) {
          observe();
          expectFinite(...Object.values(term.slow()));
        } else {
          expectThrows(
            observe,
            new RegExp(`^dmta: expected \`grads\\.b\` to be finite\\. Received: ${bad}\\.`),
          );
          expect(JSON.stringify(term.getState())).toBe(before);
        }
        term.dispose();
      }
    },
  );
});

describe('on a device, where reading would mean waiting', () => {
  // The cpu backend under another name.
  tf.registerBackend('device', () => tf.findBackend('cpu'));
  tf.copyRegisteredKernels('cpu', 'device');
  const backend = tf.getBackend();

  afterEach(async () => {
    await tf.setBackend(backend);
  });

  test.each(['zero', 'first'] as const)(
    'entries that are not finite keep theirs, %s',
    async (start) => {
      await tf.setBackend('device');
      // μ = ½: (½, 0, 0) or (1, 0, 0), then half of it and ½ (4, 4, 0), the last being bad again
      const term = dmta({ mu: 0.5, start });
      term.observe({ w: tf.tensor1d([1, Number.NaN, Number.POSITIVE_INFINITY]) });
      const first = start === 'zero' ? 0.5 : 1;
      expectSame(term.slow().w as tf.Tensor, [first, 0, 0]);
      term.observe({ w: tf.tensor1d([4, 4, Number.NaN]) });
      expectSame(term.slow().w as tf.Tensor, [first / 2 + 2, 2, 0]);
      term.dispose();
    },
  );
});
