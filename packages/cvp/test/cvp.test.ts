import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { applyCvp, type CvpOptions, cvp, cvpPenalty } from '@toploss/cvp';
import { expectClose, expectNoLeak, expectSame, expectThrows, valuesOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const all = () => true;
const hard = { beta: Number.POSITIVE_INFINITY };

/** Φ and ∂Φ/∂θ. */
function gradients(params: tf.Tensor[], grads: (tf.Tensor | null)[], options?: CvpOptions) {
  return tf.valueAndGrads((...theta: tf.Tensor[]) => cvpPenalty(theta, grads, options))(params);
}

describe('by hand', () => {
  // θ = (1, −2), g = (½, ½): s = θ⊙g = (½, −1), rms s = √((¼ + 1)/2) = √.625
  const theta = tf.tensor2d([[1, -2]]);
  const g = tf.tensor2d([[0.5, 0.5]]);
  const rms = Math.sqrt(0.625);
  const cases: [string, CvpOptions, [number, number]][] = [
    ['hard: a = (1, 0), Φ = ½·1', hard, [1, 0]],
    ['hard, raw', { ...hard, normalize: 'none' }, [1, 0]],
    ['hard, expansion: a = (0, 1), Φ = ½·4', { ...hard, gate: 'expansion' }, [0, 1]],
    ['rms', { beta: 1 }, [sigmoid(0.5 / rms), sigmoid(-1 / rms)]],
    ['rms, β = 50 by default', {}, [1, sigmoid(-50 / rms)]],
    ['raw', { beta: 2, normalize: 'none' }, [sigmoid(1), sigmoid(-2)]],
    ['raw expansion', { beta: 2, normalize: 'none', gate: 'expansion' }, [sigmoid(-1), sigmoid(2)]],
  ];

  test.each(cases)('%s', (_name, options, [a1, a2]) => {
    const { value, grads } = gradients([theta], [g], options);
    expectClose(value, 0.5 * (a1 + 4 * a2), 1e-6);
    expectClose(grads[0] as tf.Tensor, [a1, -2 * a2], 1e-6); // the gate is constant: a⊙θ
    const applied = applyCvp({ w: g }, { w: theta }, { ...options, lambda: 0.1 });
    expectClose(applied.w as tf.Tensor, [0.5 + 0.1 * a1, 0.5 - 0.2 * a2], 1e-6);
  });

  test('the hard gate is open at s = 0', () => {
    // s = (0·1, 1·0, −1·0) = 0: a = 1, Φ = ½·(0 + 1 + 1)
    expectClose(cvpPenalty([tf.tensor2d([[0, 1, -1]])], [tf.tensor2d([[1, 0, 0]])], hard), 1);
  });

  test('all of s being 0, the soft gate is half open', () => {
    // a = σ(0) = ½, Φ = ½·½·(1 + 4) = 1.25
    expectClose(cvpPenalty([theta], [tf.zeros([1, 2])]), 1.25, 1e-6);
  });
});

const w = tf.tensor2d([1, -2, 0.5, 3], [2, 2]);
const gw = tf.tensor2d([0.3, 0.2, -0.1, 0.4], [2, 2]);
const b = tf.tensor1d([1, 2]);
const gb = tf.tensor1d([0.5, -0.5]);
const [params, grads] = [
  { w, b },
  { w: gw, b: gb },
];

describe('gate', () => {
  test.each([1e-30, 1e-20, 1e-3, 1e10, 1e30])('in units of its rms, g × %s', (scale) => {
    const expected = gradients([w], [gw], { beta: 1 });
    const { value, grads } = gradients([w], [tf.mul(gw, scale)], { beta: 1 });
    expectClose(value, expected.value);
    expectClose(grads[0] as tf.Tensor, expected.grads[0] as tf.Tensor);
  });

  test('in units of the root mean square it does not know the scale of the gradients', () => {
    const theta = tf.tensor2d([[1, -2, 0.5]]);
    const g = [1, 0, -1e-5];
    const expected = gradients([theta], [tf.tensor2d([g])]);
    for (const scale of [1e-25, 1e30]) {
      const scaled = tf.tensor2d([g.map((x) => x * scale)]);
      const { value, grads } = gradients([theta], [scaled]);
      expectClose(value, expected.value, 1e-5);
      expectClose(grads[0] as tf.Tensor, expected.grads[0] as tf.Tensor, 1e-5);
    }
  });

  test('the raw gate has units', () => {
    const at = (scale: number) =>
      valuesOf(cvpPenalty([w], [tf.mul(gw, scale)], { normalize: 'none' }))[0] as number;
    expect(Math.abs(at(1e-3) - at(1))).toBeGreaterThan(0.1);
  });

  test.each([1, 50, Number.POSITIVE_INFINITY])('expansion is the complement, β = %s', (beta) => {
    // σ(s) + σ(−s) = 1: the two sum to ½‖θ‖²
    const [one, other] = (['cautious', 'expansion'] as const).map((gate) =>
      cvpPenalty([w], [gw], { beta, gate }),
    ) as [tf.Tensor, tf.Tensor];
    expectClose(tf.add(one, other), 0.5 * (1 + 4 + 0.25 + 9), 1e-6);
  });

  test('nothing flows into the gradients', () => {
    const f = (g: tf.Tensor) => tf.add(cvpPenalty([w], [g], { beta: 1 }), tf.sum(g));
    expectSame(tf.grad(f)(gw), tf.onesLike(gw)); // that of the sum alone
  });
});

describe('filter', () => {
  test('by default a rank < 2 is not decayed', () => {
    expectSame(cvpPenalty([w, b], [gw, gb]), cvpPenalty([w], [gw]));
    const applied = applyCvp(grads, params);
    expectSame(applied.b as tf.Tensor, gb);
    expect(valuesOf(applied.w as tf.Tensor)).not.toEqual(valuesOf(gw));
    const { grads: dParams } = gradients([w, b], [gw, gb]);
    expectSame(dParams[1] as tf.Tensor, [0, 0]);
  });

  test('by name', () => {
    const applied = applyCvp(grads, params, { filter: (name) => name === 'b' });
    expectSame(applied.w as tf.Tensor, gw);
    expect(valuesOf(applied.b as tf.Tensor)).not.toEqual(valuesOf(gb));
    const seen: [string, tf.Tensor][] = [];
    cvpPenalty([w, b], [gw, gb], { filter: (...args) => seen.push(args) > 0 });
    expect(seen.map(([name]) => name)).toEqual(['0', '1']);
  });

  test('an answer that is no boolean is refused, before a parameter moves', () => {
    const later = (async () => false) as never;
    const message = /^cvp: expected `filter\("\w", …\)` to be true or false\. Received: a promise/;
    expectThrows(() => cvpPenalty([w, b], [gw, gb], { filter: later }), message);
    expectThrows(() => applyCvp(grads, params, { filter: later }), message);
    expectThrows(() => cvp({ filter: later }).correct(grads, params), message);
    // What a decoupled term returns is called when the optimizer has moved them.
    const term = cvp({ decoupled: true, filter: later });
    expectThrows(() => term.decouple?.(params, 0.1), message);
    const filter = ((name: string) => name.match(/w/)) as never;
    expectThrows(() => applyCvp(grads, params, { filter }), /true or false/);
  });
});

describe('the term', () => {
  test('takes maps and arrays', () => {
    const expected = tf.mul(0.5, cvpPenalty([w, b], [gw, gb]));
    const term = cvp({ lambda: 0.5 });
    expectClose(term.penalty({ params, grads }), expected, 1e-6);
    expectClose(term.penalty({ params: [w, b], grads: [gw, gb] }), expected, 1e-6);
  });

  test('corrects as applyCvp does', () => {
    const corrected = cvp({ lambda: 0.5, filter: all }).correct(grads, params);
    const applied = applyCvp(grads, params, { lambda: 0.5, filter: all });
    expectSame(corrected.w as tf.Tensor, applied.w as tf.Tensor);
    expectSame(corrected.b as tf.Tensor, applied.b as tf.Tensor);
  });

  test('has a schedule', () => {
    const term = cvp({ lambda: (step) => 0.1 * step });
    const phi = valuesOf(cvpPenalty([w, b], [gw, gb]))[0] as number;
    expectSame(term.penalty({ params, grads }), [0]);
    expectClose(term.penalty({ params, grads }, 5), 0.5 * phi, 1e-6);
    const applied = applyCvp(grads, params, { lambda: 0.5 });
    expectClose(term.correct(grads, params, 5).w as tf.Tensor, applied.w as tf.Tensor, 1e-6);
  });

  test('of λ = 0 leaves the gradients as they are, bit for bit', () => {
    const infinite = { w: tf.fill([2, 2], Number.POSITIVE_INFINITY), b };
    for (const corrected of [
      applyCvp(grads, infinite, { lambda: 0, filter: all }),
      cvp({ lambda: 0, filter: all }).correct(grads, infinite),
    ]) {
      expectSame(corrected.w as tf.Tensor, gw);
      expectSame(corrected.b as tf.Tensor, gb);
      expect(corrected.w).not.toBe(gw);
    }
  });
});

describe('fixed points on ½(θ−1)², λ = .5', () => {
  const run = (
    optimizer: tf.Optimizer,
    l2: number,
    terms: ReturnType<typeof cvp>[],
    steps: number,
  ): number => {
    const theta = tf.variable(tf.scalar(0.1));
    const step = trainStep({ optimizer, params: [theta], terms });
    for (let k = 0; k < steps; k++) {
      const losses = step(() => {
        const base = tf.mul(0.5, tf.square(tf.sub(theta, 1)));
        return { loss: tf.add(base, tf.mul(l2 / 2, tf.square(theta))) as tf.Scalar };
      });
      tf.dispose({ ...losses });
    }
    return theta.dataSync()[0] as number;
  };
  const sgd = () => tf.train.sgd(0.1);
  const adam = () => tf.train.adam(0.01, 0.9, 0.999, 1e-7);
  const term = (more: object) => cvp({ lambda: 0.5, filter: all, ...more });

  test('L2 moves the minimum to 1/(1+λ)', () => {
    expect(run(sgd(), 0.5, [], 300)).toBeCloseTo(2 / 3, 3);
    expect(run(adam(), 0.5, [], 1500)).toBeCloseTo(2 / 3, 3);
  });

  test('the hard cautious gate leaves it', () => {
    expect(run(sgd(), 0, [term(hard)], 300)).toBeCloseTo(1, 3);
  });

  test('the decoupled one leaves it under Adam', () => {
    expect(run(adam(), 0, [term({ ...hard, decoupled: true })], 1500)).toBeCloseTo(1, 2);
  });

  test('the raw expansion gate moves it', () => {
    const parity = { gate: 'expansion', normalize: 'none' };
    expect(run(sgd(), 0, [term(parity)], 300)).toBeCloseTo(2 / 3, 2);
  });
});

describe('bad input', () => {
  const bad = (argument: string) =>
    new RegExp(`^cvp: expected \`${argument.replace(/[.()]/g, '\\$&')}\` .*Received: `, 's');
  const gone = tf.zeros([2, 2]);
  gone.dispose();
  const maps: [string, string, unknown, unknown][] = [
    ['missing gradient', 'grads.b', { w: gw }, params],
    ['null gradient', 'grads.b', { w: gw, b: null }, params],
    ['extra gradient', 'grads', { ...grads, c: gb }, params],
    ['wrong shape', 'grads.w', { w: gb, b: gb }, params],
    ['disposed gradient', 'grads.w', { w: gone, b: gb }, params],
    ['disposed parameter', 'params.w', grads, { w: gone, b }],
    ['parameter that is no tensor', 'params.w', grads, { w: [1, 2], b }],
    ['no gradients', 'grads', undefined, params],
    ['no parameters', 'params', grads, null],
  ];
  test.each(maps)('applyCvp: %s', (_name, argument, g, p) => {
    const apply = () => applyCvp(g as tf.NamedTensorMap, p as tf.NamedTensorMap);
    expectThrows(apply, bad(argument));
  });

  const lists: [string, string, unknown, unknown][] = [
    ['missing gradient', 'grads.1', [gw], [w, b]],
    ['undefined gradient', 'grads.1', [gw, undefined], [w, b]],
    ['extra gradient', 'grads', [gw, gb], [w]],
    ['wrong shape', 'grads.0', [gb], [w]],
    ['all null', 'grads', [null, null], [w, b]],
    ['disposed gradient', 'grads.0', [gone], [w]],
    ['disposed parameter', 'params.0', [gw], [gone]],
  ];
  test.each(lists)('cvpPenalty: %s', (_name, argument, g, p) => {
    expectThrows(() => cvpPenalty(p as tf.Tensor[], g as tf.Tensor[]), bad(argument));
  });

  const options: [string, object][] = [
    ['options', { gates: 'cautious' }],
    ['gate', { gate: 'open' }],
    ['normalize', { normalize: true }],
    ['beta', { beta: 0 }],
    ['beta', { beta: Number.NaN }],
    ['beta', { beta: '50' }],
    ['filter', { filter: 'w' }],
  ];
  test.each(options)('%s in %o', (argument, value) => {
    expectThrows(() => cvpPenalty([w], [gw], value), bad(argument));
    expectThrows(() => applyCvp(grads, params, value), bad(argument));
    expectThrows(() => cvp(value), bad(argument));
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '1'])('λ = %s', (value) => {
    const lambda = value as number;
    expectThrows(() => cvp({ lambda }), bad('lambda'));
    expectThrows(() => applyCvp(grads, params, { lambda }), bad('lambda'));
    expectThrows(() => cvp({ lambda: () => lambda }).correct(grads, params, 3), bad('lambda(3)'));
  });

  test('a decoupled term is neither a penalty nor a correction', () => {
    const term = cvp({ decoupled: true });
    expectThrows(() => term.penalty({ params, grads }), bad('decoupled'));
    expectThrows(() => term.correct(grads, params), bad('decoupled'));
    expectThrows(() => term.correct(grads, params), /to be false here: .*`trainStep`.*: true/);
  });

  test('of a decoupled term: λ at a step', () => {
    const term = cvp({ decoupled: true, lambda: () => Number.NaN });
    expectThrows(() => term.decouple?.(params, 0.1, 3), bad('lambda(3)'));
  });

  test('the message says what there should be', () => {
    const more = { ...grads, c: gb };
    expectThrows(() => applyCvp(more, params), /to have keys among w, b\. Received: "c"/);
    expectThrows(() => cvpPenalty([w], [null]), /to hold at least one gradient/);
  });
});

describe('the decoupled step, by hand', () => {
  // After a step of η = ½ from θ to θ′: u = (θ − θ′)/η, and open where θ⊙u ≥ 0
  const updated = { w: tf.tensor2d([0, -3, 0.25, 4], [2, 2]), b: tf.tensor1d([0, 1]) };
  const step = (options: object, from: tf.NamedTensorMap = params) => {
    const { decouple } = cvp({ ...hard, ...options, decoupled: true });
    return decouple(from, 0.5)(updated) as { value: tf.Scalar; params: typeof updated };
  };

  test('θ′ − η λ a⊙θ, of matrices alone', () => {
    // w = (1, −2, .5, 3): a = (1, 0, 1, 0); θ′ − ½·.2·(1, 0, .5, 0); Φ = ½ (1 + .25)
    const { value, params } = step({ lambda: 0.2 });
    expectClose(params.w, [-0.1, -3, 0.2, 4], 1e-6);
    expectSame(params.b, updated.b);
    expect(params.b).not.toBe(updated.b);
    expectClose(value, 0.2 * 0.625, 1e-6);
  });

  test('the raw gate has the units of u', () => {
    const { params } = step({ beta: 1, normalize: 'none', lambda: 1 });
    const [theta, after] = [valuesOf(w), valuesOf(updated.w)];
    const expected = theta.map((x, k) => {
      const u = (x - (after[k] as number)) / 0.5;
      return (after[k] as number) - 0.5 * sigmoid(x * u) * x;
    });
    expectClose(params.w, expected, 1e-6);
  });

  test('with λ = 0, θ′ bit for bit', () => {
    const { value, params } = step({ lambda: 0 }, { w: tf.fill([2, 2], Infinity), b });
    expectSame(params.w, updated.w);
    expectSame(value, [0]);
  });

  test('has the name of the term', () => expect(cvp({ decoupled: true }).name).toBe('cvp'));
});

describe('memory', () => {
  test('nothing leaks', () => {
    for (const options of [{}, hard, { normalize: 'none' as const }]) {
      expectNoLeak(() => {
        const { value, grads: dParams } = gradients([w, b], [gw, null], options);
        return [value, dParams, applyCvp(grads, params, options)];
      });
      expectNoLeak(() => [
        cvp(options).penalty({ params, grads }),
        cvp(options).correct(grads, params),
      ]);
    }
  });

  test('the arguments are not changed', () => {
    const before = [w, b, gw, gb].map((x) => valuesOf(x));
    gradients([w, b], [gw, gb], { filter: all });
    tf.dispose(applyCvp(grads, params, { filter: all }));
    expect([w, b, gw, gb].map((x) => valuesOf(x))).toEqual(before);
  });
});

test('null instead of options or inputs', () => {
  expect(() => cvp(null as never)).toThrow(/^cvp: expected `options` .*Received: null/);
  expect(() => cvp().penalty(undefined as never)).toThrow(/^cvp: expected `inputs` .*undefined/);
});
