import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import {
  type Floor,
  lossesAndProxies,
  type NgerInputs,
  type NgerState,
  nger,
  ntkProxies,
} from '@toploss/nger';
import { expectClose, expectNoLeak, expectSame, expectThrows, valuesOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

/** ε of nearly 0 and κ = 1: w ∝ r, and with floors of 0 w ∝ ℓ. */
const plain = { tasks: 2, eps: 1e-12, floor: [0, 0] } as const;

const absences: [string, NgerInputs][] = [
  ['null', { taskLosses: [3, null], ntkProxies: [1, null] }],
  ['null beside a tensor', { taskLosses: [3, null], ntkProxies: tf.tensor1d([1, 7]) }],
  ['a loss of 0', { taskLosses: [3, 0], ntkProxies: [1, 1] }],
  ['a loss of −0', { taskLosses: [3, -0], ntkProxies: [1, 1] }],
  ['a gradient of 0', { taskLosses: [3, 9], ntkProxies: [1, 0] }],
  ['zeros in tensors', { taskLosses: tf.tensor1d([3, 0]), ntkProxies: tf.tensor1d([1, 0]) }],
  ['an integer 0', { taskLosses: tf.tensor1d([3, 0], 'int32'), ntkProxies: [1, 1] }],
];

describe.each(absences)('a task that is not in the batch, %s', (_name, without) => {
  test('keeps its score, and the others their weights, by hand', () => {
    // ℓ = (3, 1): w = (¾, ¼). Without the second task, w = (¾, ¼) still, and L = ¾·3
    const weighting = nger(plain);
    weighting.observe({ taskLosses: [3, 1], ntkProxies: [1, 1] });
    expectClose(weighting.loss(without), 2.25, 1e-5);
    weighting.observe(without);
    expectClose(weighting.weights(), [0.75, 0.25], 1e-5);
    // ℓ = (1, –): the scores are log 1 and still log 1, w = (½, ½), L = ½·1
    const later = { taskLosses: [1, null], ntkProxies: [1, null] };
    expectClose(weighting.loss(later), 0.5, 1e-5);
    // and ℓ = (1, 3) when it is back: w = (¼, ¾)
    weighting.observe({ taskLosses: [1, 3], ntkProxies: [1, 1] });
    expectClose(weighting.weights(), [0.25, 0.75], 1e-5);
    weighting.dispose();
  });

  test('has weight 0 before its first step, and the others share all', () => {
    const weighting = nger({ ...plain, total: 2 });
    expectClose(weighting.loss(without), 6, 1e-6); // 2·3
    weighting.observe(without);
    expectSame(weighting.weights(), [2, 0]);
    weighting.observe({ taskLosses: [3, 1], ntkProxies: [1, 1] });
    expectClose(weighting.weights(), [1.5, 0.5], 1e-5);
    weighting.dispose();
  });
});

test('the gradient reaches the tasks of the batch only', () => {
  const weighting = nger(plain);
  weighting.observe({ taskLosses: [3, 1], ntkProxies: [1, 1] });
  const gradients = (proxies: number[]) =>
    tf.grads((a: tf.Tensor, b: tf.Tensor) =>
      weighting.loss({ taskLosses: [a, b], ntkProxies: proxies }),
    )([tf.scalar(3), tf.scalar(9)]);
  // κ = (1, 0): w = (¾, ¼) by the score of the step before, and the second is not there
  const [a, b] = gradients([1, 0]) as [tf.Tensor, tf.Tensor];
  expectClose(a, 0.75, 1e-5);
  expectSame(b, 0);
  weighting.dispose();
});

test('if every task is 0, so is the loss and its gradient, and everything waits', () => {
  const weighting = nger({ tasks: 2 });
  weighting.observe({ taskLosses: [3, 1], ntkProxies: [1, 1] });
  const { memory, weights } = weighting.getState();
  const f = (l: tf.Tensor) => weighting.loss({ taskLosses: l, ntkProxies: [0, 0] });
  const { value, grad } = tf.valueAndGrad(f)(tf.tensor1d([5, 0]));
  expectSame(value, 0);
  expectSame(grad, [0, 0]);
  weighting.observe({ taskLosses: [5, 0], ntkProxies: [0, 0] });
  expect(weighting.getState()).toMatchObject({ memory, weights, steps: 2 });
  weighting.dispose();
});

test('no task has been in a batch: all weigh alike', () => {
  const weighting = nger({ tasks: 2 });
  weighting.observe({ taskLosses: [0, 0], ntkProxies: [0, 0] });
  expectClose(weighting.weights(), [0.5, 0.5], 1e-6);
  weighting.dispose();
});

describe('a window holds the last losses of the task, whatever the others had', () => {
  test('by hand', () => {
    // window 2, the second task 4, –, 6, 9: of the last two, r = 9 − 6 = 3; the first 1, 5, 3, 4: r = 4 − 3 = 1
    const weighting = nger({ tasks: 2, eps: 1e-12, floor: 'window-min', window: 2 });
    for (const [a, b] of [
      [1, 4],
      [5, null],
      [3, 6],
      [4, 9],
    ] as const) {
      // biome-ignore format: a table
      weighting.observe({ taskLosses: [a, b], ntkProxies: [1, b === null ? null : 1] });
    }
    expectClose(weighting.weights(), [0.25, 0.75], 1e-5);
    expect(weighting.getState().memory.losses).toEqual([[3, 6], [4, 9]]); // biome-ignore format: a table
    weighting.dispose();
  });
});

const floors: Floor[] = ['ema-min', 'window-min', 'taylor', [0.5, 0.25, 0.125]];

describe.each(floors)('floor %s', (floor) => {
  const options = { tasks: 3, floor, window: 4 };
  const at = (task: number, step: number): [loss: number, proxy: number] => [
    2 + Math.sin(3 * step + task),
    1 + ((step + task) % 4),
  ];
  // The first task is always there; the second comes late and misses two of three steps, the third leaves.
  const isThere = [() => true, (step: number) => step % 3 === 2, (step: number) => step < 3];
  const inputs = (step: number, absent: number | null): NgerInputs => {
    const tasks = isThere.map((is, task) => (is(step) ? at(task, step) : [absent, absent]));
    return {
      taskLosses: tasks.map(([loss]) => loss as number),
      ntkProxies: tasks.map(([, proxy]) => proxy as number),
    };
  };
  const run = (steps: NgerInputs[]): NgerState => {
    const weighting = nger(options);
    for (const step of steps) {
      weighting.observe(step);
    }
    const state = weighting.getState();
    weighting.dispose();
    return state;
  };
  const column = (rows: NgerState['memory'][string] | undefined, task: number) =>
    (rows ?? []).map((row) => (Array.isArray(row) ? (row as number[])[task] : row));

  test.each([null, 0])(
    'what is remembered of a task is of its own steps alone, absent: %s',
    (absent) => {
      for (let steps = 1; steps < 14; steps++) {
        const all = Array.from({ length: steps }, (_, step) => step);
        const { memory } = run(all.map((step) => inputs(step, absent)));
        for (const [task, is] of isThere.entries()) {
          const own = all.filter(is);
          if (own.length === 0) {
            expect((memory.known as number[])[task]).toBe(0);
            continue;
          }
          // as if all tasks had been there in those steps, and no others had been
          const alone = run(
            own.map((step) => ({
              taskLosses: isThere.map((_, task) => at(task, step)[0]),
              ntkProxies: isThere.map((_, task) => at(task, step)[1]),
            })),
          ).memory;
          for (const [name, rows] of Object.entries(alone)) {
            if (name === 'losses') {
              const kept = column(memory[name], task);
              expect(kept.slice(-rows.length)).toEqual(column(rows, task));
              expect(Math.min(...(kept as number[]))).toBe(
                Math.min(...(column(rows, task) as number[])),
              );
            } else {
              expect((memory[name] as number[])[task]).toBe((rows as number[])[task]);
            }
          }
        }
      }
    },
  );

  test('the tensors of the caller stay the caller’s', () => {
    const weighting = nger(options);
    const given = { taskLosses: tf.tensor1d([3, 1, 2]), ntkProxies: tf.tensor1d([1, 2, 3]) };
    weighting.observe(given);
    weighting.observe(given);
    weighting.dispose();
    expectSame(given.taskLosses, [3, 1, 2]);
    expectSame(given.ntkProxies, [1, 2, 3]);
  });

  test('loss is of the weights that observe then gives, and of the tasks of the batch', () => {
    const weighting = nger({ ...options, total: 3 });
    for (let step = 0; step < 10; step++) {
      const before = JSON.stringify(weighting.getState());
      const given = inputs(step, step % 2 ? 0 : null);
      const loss = weighting.loss(given);
      expect(JSON.stringify(weighting.getState())).toBe(before);
      weighting.observe(given);
      const weights = valuesOf(weighting.weights());
      const there = [0, 1, 2].filter((task) => isThere[task]?.(step));
      const sum = there.reduce((sum, t) => sum + (weights[t] as number) * at(t, step)[0], 0);
      expectClose(loss, sum, 1e-6);
      expect(weights.reduce((sum, w) => sum + w)).toBeCloseTo(3, 5);
    }
    weighting.dispose();
  });

  test('stopped after any step and continued: the same bits, and nothing leaks', () => {
    const whole = nger(options);
    for (let stop = 0; stop < 8; stop++) {
      const resumed = nger(options);
      resumed.setState(JSON.parse(JSON.stringify(whole.getState())));
      whole.observe(inputs(stop, null));
      tf.tidy(() => resumed.observe(inputs(stop, 0)));
      expect(JSON.stringify(resumed.getState())).toBe(JSON.stringify(whole.getState()));
      expectNoLeak(() => whole.loss(inputs(stop, null)));
      resumed.dispose();
    }
    whole.dispose();
  });
});

describe('a state of version 1', () => {
  // As 0.1 saved it after ℓ = (8, 4), (4, 6) with window 20, see nger.test.ts
  const old = (() => {
    const weighting = nger({ tasks: 2, eps: 1e-12, window: 20 });
    weighting.observe({ taskLosses: [8, 4], ntkProxies: [1, 1] });
    weighting.observe({ taskLosses: [4, 6], ntkProxies: [1, 1] });
    const { memory, ...state } = weighting.getState();
    weighting.dispose();
    const { fast, slow, lowest } = memory;
    return { ...state, version: 1, memory: { fast, slow, lowest } };
  })();
  const restored = () => {
    const weighting = nger({ tasks: 2, eps: 1e-12, window: 20 });
    weighting.setState(JSON.parse(JSON.stringify(old)));
    return weighting;
  };

  test('goes on where it was', () => {
    const weighting = restored();
    expectClose(weighting.weights(), [1.8 / 2.795, 0.995 / 2.795], 1e-5);
    weighting.observe({ taskLosses: [2, 8], ntkProxies: [1, 1] });
    // a = ½(6 + 2) = 4, ½(5 + 8) = 6.5; b = 7.8 − 5.8/20 = 7.51, 4.1 + 3.9/20 = 4.295;
    // m = 7.51, 4.005 + .29/20 = 4.0195; r = 7.51 − 4, 6.5 − 4.0195
    expectClose(weighting.weights(), [3.51 / 5.9905, 2.4805 / 5.9905], 1e-5);
    weighting.dispose();
  });

  test('knows no score: a task that is away at once has none until it is back', () => {
    const weighting = restored();
    weighting.observe({ taskLosses: [2, null], ntkProxies: [1, null] });
    expectSame(weighting.weights(), [1, 0]);
    expect(weighting.getState().memory.slow?.[1]).toBe(old.memory.slow?.[1]);
    weighting.dispose();
  });

  test('before the first step, and with what it never had', () => {
    const weighting = restored();
    weighting.setState({ ...old, steps: 0, weights: [], memory: {} } as never);
    expect(weighting.getState()).toMatchObject({ version: 2, steps: 0, memory: {} });
    const score = { ...old.memory, score: [0, 0] };
    expectThrows(
      () => weighting.setState({ ...old, memory: score } as never),
      /^nger: expected `state.memory` to have keys among fast, slow, lowest\. Received: "score"/,
    );
    weighting.dispose();
  });
});

describe('refused', () => {
  const cases: [string, unknown, unknown, RegExp][] = [
    [
      'every task',
      [null, null],
      [null, null],
      /^nger: expected `taskLosses` to hold a task that is not null; skip the step.*array of 2/,
    ],
    [
      'the loss alone',
      [1, null],
      [1, 2],
      /^nger: expected `ntkProxies\[1\]` to be null too.*: 2\./,
    ],
    [
      'the proxy alone',
      [1, 2],
      [null, 2],
      /^nger: expected `taskLosses\[0\]` to be null too.*: 1\./,
    ],
    [
      'beside a tensor of losses',
      tf.tensor1d([1, 2]),
      [1, null],
      /^nger: expected `taskLosses\[1\]` to be null too.*float32 \[2\]/,
    ],
    ['undefined', [1, undefined], [1, undefined], /^nger: expected `taskLosses\[1\]` .*undefined/],
    [
      'false for an absent task',
      [1, false],
      [1, null],
      /^nger: expected `taskLosses\[1\]` to be a scalar, or null where the batch does not have the task\. Received: false\.$/,
    ],
    [
      'undefined',
      [1, null],
      [1, undefined],
      /`ntkProxies\[1\]` to be a scalar, or null .*undefined/,
    ],
    ['one more', [1, null, 2], [1, null, 2], /^nger: expected `taskLosses` of length 2/],
  ];
  test.each(cases)('%s', (_name, taskLosses, ntkProxies, message) => {
    const weighting = nger({ tasks: 2 });
    const inputs = { taskLosses, ntkProxies } as NgerInputs;
    expectThrows(() => weighting.loss(inputs), message);
    expectThrows(() => weighting.observe(inputs), message);
    expect(weighting.getState().steps).toBe(0);
  });
});

describe('losses and proxies', () => {
  const h = tf.tensor1d([1, 2]);
  // ℓ = Σ h², κ = 4·(1 + 4) = 20
  const square = (x: tf.Tensor) => tf.sum<tf.Scalar>(tf.square(x));

  test('of a task that is null', () => {
    const { taskLosses, ntkProxies: proxies } = lossesAndProxies((x) => [null, square(x)], h);
    expect([taskLosses[0], proxies[0]]).toEqual([null, null]);
    expectClose(taskLosses[1] as tf.Scalar, 5, 1e-6);
    expectClose(proxies[1] as tf.Scalar, 20, 1e-6);
    expectClose(
      ntkProxies((x) => [null, square(x)], h),
      [0, 20],
      1e-6,
    );
    expectNoLeak(() => {
      const both = lossesAndProxies((x) => [square(x), null], h);
      return [both.taskLosses[0] as tf.Tensor, both.ntkProxies[0] as tf.Tensor];
    });
  });

  test('of a loss that is a constant 0, as where no label is there', () => {
    const { taskLosses, ntkProxies: proxies } = lossesAndProxies(
      (x) => [square(x), tf.scalar(0)],
      h,
    );
    expectSame(taskLosses[1] as tf.Scalar, 0);
    expectSame(proxies[1] as tf.Scalar, 0);
    expectClose(
      ntkProxies((x) => [square(x), tf.scalar(0)], h),
      [20, 0],
      1e-6,
    );
  });

  test('of a head that comes out at 0', () => {
    const heads = (x: tf.Tensor) => [square(x), tf.mul<tf.Scalar>(0, tf.sum(x))];
    const { taskLosses, ntkProxies: proxies } = lossesAndProxies(heads, h);
    expectSame(tf.stack(taskLosses), [5, 0]);
    expectSame(tf.stack(proxies), [20, 0]);
    expectSame(ntkProxies(heads, h), [20, 0]);
  });

  test.each([undefined, false])('of a task that is %s', (absent) => {
    const heads = (x: tf.Tensor) => [square(x), absent as never];
    const message =
      /^nger: expected `.*\(\)\[1\]` to be a scalar, or null where the batch does not/;
    expectThrows(() => lossesAndProxies(heads, h), message);
    expectThrows(() => ntkProxies(heads, h), message);
  });

  test('of no task at all', () => {
    const message =
      /^nger: expected `.*\(\)` to be a non-empty array of scalars, not all of them null/;
    expectThrows(() => lossesAndProxies(() => [null, null], h), message);
    expectThrows(() => ntkProxies(() => [null], h), message);
  });
});

test('in trainStep, by hand: the batch of one task moves that task alone', () => {
  // ℓ = ((w₀ − 1)², (w₁ − 2)²)/1 at w = (4, 4): ℓ = (9, 4), w ∝ ℓ: (9/13, 4/13)
  const [u, v] = [tf.variable(tf.scalar(4)), tf.variable(tf.scalar(4))];
  const weighting = nger(plain);
  const step = trainStep({ optimizer: tf.train.sgd(0.5), params: [u, v], terms: [weighting] });
  const error = (x: tf.Tensor, to: number) => tf.square<tf.Scalar>(tf.sub(x, to));
  const run = (both: boolean) =>
    step(() => {
      // The second variable is in the loss either way, as trainStep asks for it.
      const taskLosses = [error(u, 1), both ? error(v, 2) : null];
      const inputs = { taskLosses, ntkProxies: [1, both ? 1 : null] };
      return { loss: tf.add(weighting.loss(inputs), tf.mul(0, v)), ...inputs };
    });
  tf.dispose({ ...run(true) });
  // u′ = 4 − ½·(9/13)·6, v′ = 4 − ½·(4/13)·4
  const [after, stays] = [4 - 27 / 13, 4 - 8 / 13];
  expectClose(u, after, 1e-5);
  expectClose(v, stays, 1e-5);
  const error0 = (after - 1) ** 2;
  const { total } = run(false);
  // The second keeps its score, 4: w₀ = ℓ₀/(ℓ₀ + 4)
  expectClose(total, error0 * (error0 / (error0 + 4)), 1e-5);
  expectClose(v, stays, 1e-6);
  expectClose(u, after - (after - 1) * (error0 / (error0 + 4)), 1e-5);
  tf.dispose([u, v]);
  weighting.dispose();
});
