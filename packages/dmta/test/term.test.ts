import * as tf from '@tensorflow/tfjs-core';
import { type Correction, trainStep } from '@toploss/core';
import { dmta, dmtaGradient } from '@toploss/dmta';
import {
  expectClose,
  expectNoLeak,
  expectSame,
  expectThrows,
  onDevice,
  valuesOf,
} from '@toploss/testing';
import { describe, expect, test } from 'vitest';

/** A network with one hidden layer, tanh, on two classes. */
function network() {
  const random = (shape: [number, number], seed: number) =>
    tf.randomNormal<tf.Rank.R2>(shape, 0, 1, 'float32', seed);
  const [W1, W2] = [tf.variable(random([3, 4], 1)), tf.variable(random([4, 2], 2))];
  const x = random([10, 3], 3);
  const y = tf.oneHot(tf.tensor1d([0, 1, 0, 1, 1, 0, 0, 1, 0, 1], 'int32'), 2);
  const loss = (): tf.Scalar =>
    tf.neg(
      tf.mean(
        tf.sum(tf.mul(y, tf.logSoftmax(tf.matMul(tf.tanh(tf.matMul(x, W1)), W2))), 1),
      ) as tf.Scalar,
    );
  const params = [W1, W2];
  return { params, loss, forward: () => ({ loss: loss() }) };
}

const theta = (params: tf.Variable[]) => Object.fromEntries(params.map((p) => [p.name, p]));

describe('mode cosine, by a forward difference from the gradients of the step', () => {
  const setUp = (difference: 'central' | 'forward') => {
    const { params, loss } = network();
    let evaluations = 0;
    const counted = () => {
      evaluations += 1;
      return loss();
    };
    const term = dmta({ mode: 'cosine', lambda: 0.1, mu: 0.9, loss: counted, difference });
    const step = trainStep({ optimizer: tf.train.sgd(0.5), params, terms: [term] });
    return { params, step, counted, evaluations: () => evaluations, term };
  };

  test('makes the steps of the central one, with one more gradient in a step', () => {
    const [forward, central] = [setUp('forward'), setUp('central')] as const;
    for (let k = 0; k < 6; k++) {
      for (const { step, counted } of [forward, central]) {
        tf.dispose({ ...step(() => ({ loss: counted() })) });
      }
    }
    for (const [k, p] of forward.params.entries()) {
      expectClose(p, central.params[k] as tf.Tensor, 1e-3);
    }
    // In six steps, of which the first has no average: 6 + 5, and one to check; 6 + 2·5, and two to check.
    expect([forward.evaluations(), central.evaluations()]).toEqual([12, 18]);
    forward.term.dispose();
    central.term.dispose();
  });

  test('is refused where the loss is not all that the gradients are of, before a parameter moves', () => {
    const { params, step, counted, term } = setUp('forward');
    const withPenalty = () => ({
      loss: tf.add(counted(), tf.mul(0.1, tf.sum(tf.square(params[0] as tf.Tensor)))) as tf.Scalar,
    });
    tf.dispose({ ...step(withPenalty) });
    const before = params.map((p) => valuesOf(p));
    expectThrows(
      () => step(withPenalty),
      /^dmta: expected `loss` to be all that the gradients are of/,
    );
    expect(params.map((p) => valuesOf(p))).toEqual(before);
    term.dispose();
  });
});

describe('mode cosine', () => {
  test('by hand: a step', () => {
    // L = ½(3x² + y²) at (1, 4), g = (3, 4); m̄ = (1, 0), Φ = .4, H v = (−.384, .096), see gradient.test.ts
    // λ = 10, η = .1: θ′ = θ − .1 (g + 10 H v) = (1 − .3 + .384, 4 − .4 − .096) = (1.084, 3.504)
    const w = tf.variable(tf.tensor1d([1, 4]), true, 'w');
    const loss = () => tf.mul(0.5, tf.sum(tf.mul([3, 1], tf.square(w)))) as tf.Scalar;
    const term = dmta({ mode: 'cosine', lambda: 10, mu: 0.5, loss });
    term.observe({ w: tf.tensor1d([2, 0]) });
    const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [w], terms: [term] });
    const losses = step(() => ({ loss: loss() }));
    expect(Object.keys(losses).sort()).toEqual(['base', 'dmta', 'total']);
    expectClose(losses.base, 9.5, 1e-6); // ½(3 + 16)
    expectClose(losses.total, 9.5, 1e-6); // what was differentiated
    expectClose(losses.dmta, 10 * 0.4, 1e-6);
    expectClose(w, [1.084, 3.504], 1e-4);
    expectClose(term.slow().w as tf.Tensor, [2, 2], 1e-6); // ½ (1, 0) + ½ (3, 4)
    w.dispose();
    term.dispose();
  });

  test('adds λ of dmtaGradient, and starts without', () => {
    const { params, loss, forward } = network();
    const term = dmta({ mode: 'cosine', lambda: (step) => 0.1 * step, mu: 0.9, loss });
    const step = trainStep({ optimizer: tf.train.sgd(0.5), params, terms: [term] });
    for (let k = 0; k < 5; k++) {
      const before = params.map((p) => p.clone());
      const { grads: g } = tf.variableGrads(loss, params);
      const [value, Hv] = tf.tidy(() => {
        if (k === 0) {
          return [0, g] as const;
        }
        const { value, grads } = dmtaGradient(loss, params, term.slow());
        return [valuesOf(value)[0] as number, grads] as const;
      });
      const losses = step(forward);
      expectClose(losses.dmta, 0.1 * k * value, 1e-5);
      for (const [j, p] of params.entries()) {
        const c = tf.mul(0.1 * k, Hv[p.name] as tf.Tensor);
        const expected = tf.sub(
          before[j] as tf.Tensor,
          tf.mul(0.5, tf.add(g[p.name] as tf.Tensor, c)),
        );
        expectClose(p, expected, 1e-5);
      }
    }
    tf.dispose(params);
    term.dispose();
  });

  test('before the first step there is no direction', () => {
    const { params, loss } = network();
    const { grads } = tf.variableGrads(loss, params);
    const never = (): never => {
      throw new Error('not to be differentiated');
    };
    for (const [start, phi] of [
      ['zero', 1],
      ['first', 0],
    ] as const) {
      const term = dmta({ mode: 'cosine', lambda: 0.5, start, loss: never });
      const corrected = term.valueAndCorrect(grads, theta(params));
      expectSame(corrected.value, [0.5 * phi]);
      for (const [name, g] of Object.entries(grads)) {
        expectSame(corrected.grads[name] as tf.Tensor, g);
        expect(corrected.grads[name]).not.toBe(g);
      }
    }
    tf.dispose(params);
  });

  test('finds the variables by name, and by themselves', () => {
    const { params, loss } = network();
    const { grads } = tf.variableGrads(loss, params);
    const term = dmta({ mode: 'cosine', loss, mu: 0.5 });
    term.observe(Object.fromEntries(Object.entries(grads).map(([k, g]) => [k, tf.square(g)])));
    const expected = term.correct(grads, theta(params));
    const byName = term.correct(
      grads,
      Object.fromEntries(params.map((p) => [p.name, p.clone() as tf.Tensor])),
    );
    for (const name of Object.keys(grads)) {
      expectSame(byName[name] as tf.Tensor, expected[name] as tf.Tensor);
    }
    term.dispose();

    // under names of the caller's own
    const [W1, W2] = params as [tf.Variable, tf.Variable];
    const own = { a: grads[W1.name] as tf.Tensor, b: grads[W2.name] as tf.Tensor };
    const other = dmta({ mode: 'cosine', loss, mu: 0.5 });
    other.observe({ a: tf.square(own.a), b: tf.square(own.b) });
    expectSame(other.correct(own, { a: W1, b: W2 }).b as tf.Tensor, expected[W2.name] as tf.Tensor);
    expectThrows(
      () => other.correct(own, { a: own.a, b: own.b }),
      /^dmta: expected `params\.a` to be a variable/,
    );
    other.dispose();
    tf.dispose(params);
  });

  test('lets the gradient turn to the average', () => {
    // The average is held: that of a fixed direction, with μ close to 1.
    const cosineAfter = (lambda: number) => {
      const { params, loss, forward } = network();
      const term = dmta({ mode: 'cosine', lambda, mu: 0.999999, start: 'first', loss });
      const [W1, W2] = params as [tf.Variable, tf.Variable];
      term.observe({ [W1.name]: tf.ones([3, 4]), [W2.name]: tf.zeros([4, 2]) });
      const step = trainStep({ optimizer: tf.train.sgd(0.05), params, terms: [term] });
      for (let k = 0; k < 20; k++) {
        tf.dispose({ ...step(forward) });
      }
      const [phi] = valuesOf(dmtaGradient(loss, params, term.slow()).value);
      tf.dispose(params);
      term.dispose();
      return phi as number;
    };
    expect(cosineAfter(0.3)).toBeLessThan(cosineAfter(0) - 0.05);
  });

  test('takes the options of dmtaGradient', () => {
    const { params, loss } = network();
    const { grads } = tf.variableGrads(loss, params);
    const slow = Object.fromEntries(Object.entries(grads).map(([k, g]) => [k, tf.square(g)]));
    for (const options of [{ eps: 1000 }, { step: 0.5 }, {}]) {
      const term = dmta({ mode: 'cosine', loss, mu: 0, lambda: 2, ...options });
      term.observe(slow);
      const corrected = term.correct(grads, theta(params));
      const { grads: Hv } = dmtaGradient(loss, params, slow, options);
      for (const [name, g] of Object.entries(grads)) {
        const expected = tf.add(g, tf.mul(2, Hv[name] as tf.Tensor));
        expectClose(corrected[name] as tf.Tensor, expected, 1e-6);
      }
      term.dispose();
    }
    tf.dispose(params);
  });

  test('at λ = 0 differentiates nothing', () => {
    const w = tf.variable(tf.ones([2]), true, 'w');
    const loss = (): never => expect.unreachable('not to be differentiated');
    const term = dmta({ mode: 'cosine', loss, lambda: 0 });
    const grads = { w: tf.tensor1d([1, 2]) };
    term.observe(grads);
    expectSame(term.correct(grads, { w }).w as tf.Tensor, grads.w);
    expectSame(term.penalty({ params: { w }, grads }), [0]);
    expectThrows(() => term.correct(grads, {}), /^dmta: expected `params\.w` /);
    term.dispose();
    w.dispose();
  });

  test('needs the loss to correct and to penalize, and not to observe', () => {
    const term = dmta({ mode: 'cosine' });
    const w = tf.variable(tf.ones([2]), true, 'w');
    const grads = { w: tf.ones([2]) };
    term.observe(grads);
    const message = /^dmta: expected `loss` to be a function\. Received: undefined/;
    expectThrows(() => term.correct(grads, { w }), message);
    expectThrows(() => term.penalty({ params: { w }, grads }), message);
    term.dispose();
    w.dispose();
  });

  test('puts the parameters back when the loss throws', () => {
    const { params, loss, forward } = network();
    let broken = false;
    const term = dmta({
      mode: 'cosine',
      loss: () => {
        if (broken) {
          throw new Error('out of data');
        }
        return loss();
      },
    });
    const step = trainStep({ optimizer: tf.train.sgd(0.1), params, terms: [term] });
    tf.dispose({ ...step(forward) });
    tf.dispose({ ...step(forward) });
    const [before, state] = [params.map((p) => valuesOf(p)), term.getState()];
    broken = true;
    expectThrows(() => step(forward), /^out of data$/);
    expect(params.map((p) => valuesOf(p))).toEqual(before);
    expect(term.getState()).toEqual(state);
    tf.dispose(params);
    term.dispose();
  });
});

describe.each(['linear', 'cosine'] as const)('mode %s in trainStep', (mode) => {
  const make = (loss: () => tf.Scalar) =>
    mode === 'linear' ? dmta({ mu: 0.9 }) : dmta({ mode, loss, lambda: 0.05, mu: 0.9 });

  test.each([
    ['sgd', () => tf.train.sgd(0.1)],
    ['momentum', () => tf.train.momentum(0.02, 0.9)],
    ['adam', () => tf.train.adam(0.05, 0.9, 0.999, 1e-7)],
  ] as const)('%s brings the loss down', (_name, optimizer) => {
    const { params, loss, forward } = network();
    const term = make(loss);
    const step = trainStep({ optimizer: optimizer(), params, terms: [term] });
    const losses = Array.from({ length: 40 }, () => valuesOf(step(forward).base)[0] as number);
    expect(losses[39]).toBeLessThan(0.8 * (losses[0] as number));
    expect(term.getState().steps).toBe(40);
    tf.dispose(params);
    term.dispose();
  });

  test('nothing leaks', () => {
    const { params, loss, forward } = network();
    const term = make(loss);
    const step = trainStep({ optimizer: tf.train.sgd(0.1), params, terms: [term] });
    tf.dispose({ ...step(forward) });
    for (let k = 0; k < 3; k++) {
      expectNoLeak(() => ({ ...step(forward) }));
    }
    tf.dispose(params);
    term.dispose();
  });

  test('a gradient that is not finite leaves the average alone', () => {
    const w = tf.variable(tf.ones([2]));
    const loss = (): tf.Scalar => tf.sum(tf.square(w));
    const term = make(loss);
    const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [w], terms: [term] });
    tf.dispose({ ...step(() => ({ loss: loss() })) });
    const state = term.getState();
    const bad = () => step(() => ({ loss: tf.mul(Number.NaN, loss()) }));
    if (onDevice()) {
      tf.dispose({ ...bad() });
      expect(term.getState().average).toEqual(state.average);
    } else {
      expect(bad).toThrow(/to be finite.*NaN/);
      expect(term.getState()).toEqual(state);
    }
    tf.dispose(w);
    term.dispose();
  });
});

test('linear reports no value: that of its surrogate means nothing', () => {
  const { params, forward } = network();
  const term = dmta();
  expect('valueAndCorrect' in term).toBe(false);
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params, terms: [term] });
  expect(Object.keys(step(forward)).sort()).toEqual(['base', 'total']);
  tf.dispose(params);
  term.dispose();
});

test('it observes the gradients of the loss, whatever was corrected before', () => {
  const w = tf.variable(tf.tensor1d([1, 2]), true, 'w');
  const push: Correction = {
    name: 'push',
    correct: ({ w }) => ({ w: tf.add(w as tf.Tensor, 100) }),
  };
  const term = dmta({ mu: 0 });
  const step = trainStep({ optimizer: tf.train.sgd(0.01), params: [w], terms: [push, term] });
  tf.dispose({ ...step(() => ({ loss: tf.sum(w) as tf.Scalar })) });
  expectSame(term.slow().w as tf.Tensor, [1, 1]);
  w.dispose();
  term.dispose();
});

test('linear at λ = 0 leaves the gradients, bit for bit', () => {
  const grads = { w: tf.tensor1d([-0, 1]) }; // −0 plus 0 would be 0
  const term = dmta({ lambda: 0 });
  expectSame(term.correct(grads, {}).w as tf.Tensor, grads.w);
});

test('an option of the other mode may be left open', () => {
  expect(() => dmta({ mode: 'cosine', alpha: undefined } as never)).not.toThrow();
});

describe('bad options', () => {
  const cases: [string, object | null, RegExp][] = [
    ['unknown', { beta3: 0.9 }, /^dmta: expected `options` to have keys among mode, .*"beta3"/],
    ['null', null, /^dmta: expected `options` .*null/],
    ['mode', { mode: 'cos' }, /^dmta: expected `mode` .*"cos"/],
    ['start', { start: 'last' }, /^dmta: expected `start` .*"last"/],
    ['lambda', { lambda: -1 }, /^dmta: expected `lambda` .*-1/],
    ['lambda', { lambda: Number.NaN }, /^dmta: expected `lambda` .*NaN/],
    ['alpha', { alpha: '5' }, /^dmta: expected `alpha` .*"5"/],
    ['alpha', { alpha: Number.POSITIVE_INFINITY }, /^dmta: expected `alpha` .*Infinity/],
    ['mu', { mu: 1 }, /^dmta: expected `mu` to be a number in \[0, 1\), or a function.*: 1\./],
    ['mu', { mu: -0.1 }, /^dmta: expected `mu` /],
    ['mu', { mu: Number.NaN }, /^dmta: expected `mu` .*NaN/],
    ['loss', { mode: 'cosine', loss: 3 }, /^dmta: expected `loss` to be a function/],
    ['difference', { mode: 'cosine', difference: 'both' }, /^dmta: expected `difference` /],
    ['eps', { mode: 'cosine', eps: -1 }, /^dmta: expected `eps` /],
    ['alpha in cosine', { mode: 'cosine', alpha: 5 }, /^dmta: expected `alpha` to be left out/],
    ['loss in linear', { loss: () => tf.scalar(0) }, /^dmta: expected `loss` to be left out/],
    ['eps in linear', { mode: 'linear', eps: 1 }, /^dmta: expected `eps` to be left out in mode/],
  ];
  test.each(cases)('%s', (_name, options, message) => {
    expectThrows(() => dmta(options as never), message);
  });
});
