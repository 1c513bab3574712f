import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { type DmtaState, dmta, halfLifeMu, linearAlpha } from '@toploss/dmta';
import { expectNoLeak, expectThrows, valuesOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

const gradients = (step: number) => ({
  w: tf.randomNormal([2, 3], 0, 10 ** ((step % 5) - 2), 'float32', step + 1),
  // zeros of both signs, and the smallest numbers there are
  b: tf.tensor1d([0, -0, step % 2 ? 1e-45 : -1e-45]),
});

const options = {
  alpha: linearAlpha({ alpha: 5, steps: 10 }),
  mu: halfLifeMu({ from: 0, to: 0.99, steps: 10 }),
};

/** The corrected gradients of a step, and the state after it. */
function stepOf(term: ReturnType<typeof dmta>, k: number) {
  const grads = gradients(k);
  const corrected = term.correct(grads, grads);
  term.observe(grads);
  return [valuesOf(corrected.w as tf.Tensor), valuesOf(corrected.b as tf.Tensor), term.getState()];
}

const throughJson = (state: DmtaState): DmtaState => JSON.parse(JSON.stringify(state));

test('by hand', () => {
  const term = dmta({ mu: 0.5 });
  expect(term.getState()).toEqual({ format: 'toploss/dmta', version: 1, steps: 0, average: {} });
  term.observe({ w: tf.tensor2d([[2, 4]]) });
  expect(term.getState()).toEqual({
    format: 'toploss/dmta',
    version: 1,
    steps: 1,
    average: { w: { shape: [1, 2], values: [1, 2] } },
  });
  term.dispose();
});

test.each(['zero', 'first'] as const)(
  'stopped after any step and restored, it goes on as if it had not been, start %s',
  (start) => {
    const term = dmta({ ...options, start });
    const states = [term.getState()];
    const uninterrupted = Array.from({ length: 20 }, (_, k) => {
      const result = stepOf(term, k);
      states.push(term.getState());
      return result;
    });
    for (const [k, state] of states.entries()) {
      const restored = dmta({ ...options, start });
      restored.setState(throughJson(state));
      expect(restored.getState()).toEqual(state);
      for (let later = k; later < 20; later++) {
        expect(stepOf(restored, later)).toEqual(uninterrupted[later]);
      }
      restored.dispose();
    }
    term.dispose();
  },
);

test.each(['linear', 'cosine'] as const)('so does a training, mode %s', (mode) => {
  const data = tf.randomNormal<tf.Rank.R2>([8, 3], 0, 1, 'float32', 7);
  const run = (stops: number[]) => {
    const w = tf.variable(tf.randomNormal<tf.Rank.R2>([3, 2], 0, 1, 'float32', 8), true, 'w');
    const loss = () => tf.mean(tf.square(tf.sub(tf.tanh(tf.matMul(data, w)), 0.5))) as tf.Scalar;
    const fresh = () =>
      mode === 'cosine'
        ? dmta({ mode, loss, mu: 0.9, lambda: 0.1 })
        : dmta({ ...options, lambda: 0.5 });
    let term = fresh();
    const trained = () => trainStep({ optimizer: tf.train.sgd(0.1), params: [w], terms: [term] });
    let step = trained();
    for (let k = 0; k < 10; k++) {
      if (stops.includes(k)) {
        const saved = JSON.stringify(term.getState());
        term.dispose();
        term = fresh();
        term.setState(JSON.parse(saved));
        step = trained();
      }
      tf.dispose({ ...step(() => ({ loss: loss() })) });
    }
    const result = valuesOf(w);
    tf.dispose(w);
    term.dispose();
    return result;
  };
  expect(run([3, 4, 9])).toEqual(run([]));
});

test('restored inside a tidy, it outlives it', () => {
  const saved = dmta();
  saved.observe(gradients(1));
  const restored = dmta();
  tf.tidy(() => restored.setState(saved.getState()));
  expect(restored.getState()).toEqual(saved.getState());
  saved.dispose();
  restored.dispose();
});

test('the state is a copy', () => {
  const term = dmta({ mu: 0.5 });
  term.observe({ w: tf.tensor1d([2, 4]) });
  const state = term.getState();
  const other = dmta({ mu: 0.5 });
  other.setState(state);
  (state.average.w?.values as number[])[0] = 77;
  for (const { average } of [term.getState(), other.getState()]) {
    expect(average.w?.values).toEqual([1, 2]);
  }
  term.dispose();
  other.dispose();
});

test('the state of a fresh term sets one back', () => {
  const term = dmta();
  term.observe(gradients(1));
  term.setState(dmta().getState());
  expect(term.slow()).toEqual({});
});

test('nothing leaks', () => {
  const source = dmta();
  expectNoLeak(() => {
    const grads = gradients(1);
    source.observe(grads);
    const term = dmta();
    term.setState(source.getState());
    term.setState(source.getState());
    term.dispose();
    source.dispose();
    return grads;
  });
});

describe('refused whole', () => {
  const good: DmtaState = {
    format: 'toploss/dmta',
    version: 1,
    steps: 3,
    average: { w: { shape: [2, 1], values: [1, 2] }, b: { shape: [], values: [3] } },
  };
  const { w, b } = good.average;
  const of = (average: object) => ({ ...good, average });
  const corrupt: [string, unknown, RegExp][] = [
    ['null', null, /`state` to be an object.*null/],
    ['text', JSON.stringify(good), /`state` to be an object/],
    ['nothing', {}, /`state\.format` .*undefined/],
    ['another format', { ...good, format: 'toploss/nger' }, /`state\.format` .*"toploss\/nger"/],
    ['another version', { ...good, version: 2 }, /`state\.version` to be 1\. Received: 2/],
    ['no steps', { ...good, steps: undefined }, /`state\.steps` /],
    ['half a step', { ...good, steps: 1.5 }, /`state\.steps` .*1\.5/],
    ['steps and no average', of({}), /`state\.average` to hold an average/],
    ['an average and no steps', { ...good, steps: 0 }, /`state\.average` to be empty/],
    ['no average', { ...good, average: null }, /`state\.average` to be an object/],
    ['no tensor', of({ w, b: 3 }), /`state\.average\.b` to be an object/],
    ['no shape', of({ w, b: { values: [3] } }), /\.b\.shape` to be an array of integers ≥ 0/],
    ['a bad shape', of({ w, b: { shape: [-1], values: [] } }), /`state\.average\.b\.shape` /],
    ['too few values', of({ w: { shape: [2, 1], values: [1] }, b }), /\.w\.values` .* of 2\./],
    ['values by key', of({ w: { shape: [2, 1], values: { 0: 1, 1: 2 } }, b }), /\.w\.values` /],
    [
      'NaN, as JSON has it',
      of({ w: { shape: [2, 1], values: [1, null] }, b }),
      /values\[1\]`.*null/,
    ],
    ['text as a value', of({ w: { shape: [2, 1], values: ['1', 2] }, b }), /values\[0\]` .*"1"/],
    ['more than float32', of({ w: { shape: [2, 1], values: [1, 0.1] }, b }), /values\[1\]` .*0\.1/],
    ['too large', of({ w: { shape: [2, 1], values: [1e300, 1] }, b }), /values\[0\]` .*1e\+300/],
  ];
  const mismatching: [string, unknown, RegExp][] = [
    ['a variable less', of({ w }), /to be of the variables w \[2, 1\], b \[\], by.*"w \[2, 1\]"/],
    [
      'one more',
      of({ w, b, c: b }),
      /variables w \[2, 1\], b \[\], by.*"w \[2, 1\], b \[\], c \[\]"/,
    ],
    [
      'another shape',
      of({ w: { ...w, shape: [1, 2] }, b }),
      /variables w \[2, 1\].*"w \[1, 2\], b/,
    ],
    [
      'another length',
      of({ w: { shape: [2, 2], values: [1, 2, 3, 4] }, b }),
      /variables w \[2, 1\].*"w \[2, 2\]/,
    ],
    ['another rank', of({ w: { ...w, shape: [2] }, b }), /variables w \[2, 1\].*"w \[2\]/],
    ['other names, turned', of({ v: b, u: w }), /variables w \[2, 1\], b.*"v \[\], u \[2, 1\]"/],
  ];

  test.each(corrupt)('%s', (_name, state, message) => {
    const fresh = dmta();
    expectThrows(() => fresh.setState(state as DmtaState), /^dmta: expected /);
    expectThrows(() => fresh.setState(state as DmtaState), message);
    expect(fresh.getState().steps).toBe(0);
  });

  test.each([...corrupt, ...mismatching])('%s, by a term that has one', (_name, state, message) => {
    const term = dmta();
    term.setState(good);
    expectThrows(() => term.setState(state as DmtaState), message);
    expect(term.getState()).toEqual(good);
    term.dispose();
  });
});

test('a shape with a hole is none', () => {
  const term = dmta();
  const shape = Object.assign(new Array(2), { 0: 1 });
  const state = {
    format: 'toploss/dmta',
    version: 1,
    steps: 1,
    average: { w: { shape, values: [1] } },
  };
  expect(() => term.setState(state as never)).toThrow(/`state.average.w.shape` to be an array/);
});
