import * as tf from '@tensorflow/tfjs-core';
import { expectSame, expectThrows } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { trainStep } from '../src/index.js';
import { isNotFinite, type Term } from '../src/kit/index.js';

const isSeen = ['cpu', 'wasm'].includes(tf.getBackend());

/** Two variables, and a step of Adam whose averages can be looked at. */
function problem(...terms: Term[]) {
  const a = tf.variable(tf.tensor1d([1, 2, 3, 4, 5]), true, 'finite/a');
  const b = tf.variable(tf.scalar(2), true, 'finite/b');
  const optimizer = tf.train.adam(0.1, 0.9, 0.999, 1e-7);
  const steps: number[] = [];
  const counter: Term = {
    name: 'counter',
    correct: (grads: tf.NamedTensorMap, _: unknown, step = 0) => {
      steps.push(step);
      return grads;
    },
  };
  const step = trainStep({
    optimizer,
    params: [a, b],
    terms: [counter, ...terms] as readonly Term[] as [],
  });
  const loss = () => tf.add(tf.sum(tf.square(a)), tf.square(b)) as tf.Scalar;
  const state = async () => {
    const weights = await optimizer.getWeights();
    return [a, b, ...weights.map(({ tensor }) => tensor)].map((x) => Array.from(x.dataSync()));
  };
  return { a, b, step, steps, loss, state, dispose: () => tf.dispose([a, b]) };
}

const nan = () => tf.scalar(Number.NaN);
const penalty = (of: () => tf.Tensor) => ({ name: 'bad', penalty: of });
const nothing = { getState: () => null, setState: () => undefined, dispose: () => undefined };

test.runIf(isSeen)('the error is known by its name, whatever copy of the package threw it', () => {
  const p = problem();
  const thrown = (loss: () => tf.Tensor): unknown => {
    try {
      return p.step(() => ({ loss: loss() as tf.Scalar }));
    } catch (error) {
      return error;
    }
  };
  const error = thrown(() => tf.mul(p.loss(), nan())) as Error;
  expect(error.name).toBe('NotFiniteError');
  expect(isNotFinite(error)).toBe(true);
  expect(isNotFinite(thrown(() => tf.ones([2])))).toBe(false); // a loss of a wrong shape
  expect(isNotFinite(undefined)).toBe(false);
  p.dispose();
});

describe.runIf(isSeen)('a gradient that is not finite stops the step before anything moves', () => {
  type Problem = ReturnType<typeof problem>;
  const cases: [string, RegExp, (p: Problem) => tf.Tensor, ((p: () => Problem) => Term)?][] = [
    [
      'a loss of NaN',
      /`grads.finite\/a` to be finite, and no step is taken: look at the loss, which is NaN, .*: NaN\.$/,
      ({ loss }) => tf.mul(loss(), nan()),
    ],
    [
      'an infinite loss',
      /look at the loss, which is Infinity, and at its batch\. Received: Infinity\.$/,
      ({ loss, b }) => tf.add(loss(), tf.mul(b, Number.POSITIVE_INFINITY)),
    ],
    [
      'a penalty of NaN beside a finite loss',
      /`grads.finite\/b` .* look at the penalty 'bad', which is NaN\. Received: NaN\.$/,
      ({ loss }) => loss(),
      (p) => penalty(() => tf.mul(nan(), p().b)),
    ],
    [
      'a root at 0, of finite value',
      // ∂√x/∂x at 0 is ∞, and ∞ · 2(a − 3) at a = 3 is NaN
      /`grads.finite\/a` .* look at roots, logarithms and divisions near 0 in `forward`.*: NaN\.$/,
      ({ a }) => tf.sum(tf.sqrt(tf.square(tf.sub(a, 3)))),
    ],
    [
      'a correction',
      /`grads.finite\/b` .* look at the corrections \(counter, bad\)\. Received: -Infinity\.$/,
      ({ loss }) => loss(),
      () => ({
        name: 'bad',
        correct: (grads: tf.NamedTensorMap) => ({
          ...grads,
          'finite/b': tf.scalar(Number.NEGATIVE_INFINITY),
        }),
      }),
    ],
  ];

  test.each(cases)('%s', async (_, message, loss, term) => {
    let isBad = false;
    const observed: unknown[] = [];
    const watcher: Term = { name: 'watcher', observe: (x) => observed.push(x), ...nothing };
    let p: Problem;
    const bad = term?.(() => p) as (Term & Record<string, unknown>) | undefined;
    const fine = { penalty: () => tf.scalar(0), correct: (grads: tf.NamedTensorMap) => grads };
    const method = bad && ('penalty' in bad ? 'penalty' : 'correct');
    const terms = bad &&
      method && {
        ...bad,
        [method]: (x: never) => (isBad ? (bad[method] as (x: never) => unknown) : fine[method])(x),
      };
    p = problem(...(terms ? [terms as Term, watcher] : [watcher]));
    const { step, steps, state } = p;
    tf.dispose(step(() => ({ loss: p.loss() })));
    p.a.assign(tf.tensor1d([1, 2, 3, 4, 5]));
    const before = await state();

    isBad = true;
    expectThrows(
      () => step(() => ({ loss: loss(p) })),
      new RegExp(`^core.trainStep: .*${message.source}`),
    );
    expect(await state()).toEqual(before);
    expect(observed).toHaveLength(1);

    isBad = false;
    tf.dispose(step(() => ({ loss: p.loss() })));
    expect(new Set(steps)).toEqual(new Set([0, 1]));
    p.dispose();
  });
});

test('where it can’t be seen without waiting, nothing waits: the step is taken', () => {
  const { step, loss, b, dispose } = problem();
  const forward = () => ({ loss: tf.mul(loss(), nan()) as tf.Scalar });
  if (isSeen) {
    expectThrows(() => step(forward), /to be finite/);
    expectSame(b, [2]);
  } else {
    tf.dispose(step(forward));
  }
  dispose();
});

test('the largest numbers of float32 are finite, also together', () => {
  const largest = (2 - 2 ** -23) * 2 ** 127;
  const w = tf.variable(tf.zeros([9]));
  const step = trainStep({ optimizer: tf.train.sgd(2e-38), params: [w], terms: [] });
  const g = tf.fill([9], largest);
  tf.dispose(step(() => ({ loss: tf.sum(tf.mul(w, g)) as tf.Scalar })));
  for (const x of w.dataSync()) {
    expect(x).toBeCloseTo(-6.805647, 5);
  }
  w.dispose();
});
