import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { type Floor, type NgerInputs, type NgerTermOptions, nger, ntkProxies } from '@toploss/nger';
import {
  expectClose,
  expectFinite,
  expectNoLeak,
  expectSame,
  expectThrows,
  normal,
  valuesOf,
} from '@toploss/testing';
import { describe, expect, test } from 'vitest';

const floors: Floor[] = ['ema-min', 'window-min', 'taylor', [0.5, 0.25]];

/** The weights after these steps. */
function weightsAfter(steps: [losses: number[], proxies: number[]][], options: NgerTermOptions) {
  const weighting = nger(options);
  for (const [taskLosses, ntkProxies] of steps) {
    weighting.observe({ taskLosses, ntkProxies });
  }
  const weights = valuesOf(weighting.weights());
  weighting.dispose();
  return weights;
}

describe('floors by hand, with κ = 1 and ε nearly 0: w ∝ r', () => {
  const eps = 1e-12;

  test('known', () => {
    // r = (2 − .5, 1 − .5)
    const options = { tasks: 2, eps, floor: [0.5, 0.5] };
    expectClose(weightsAfter([[[2, 1], [1, 1]]], options), [0.75, 0.25], 1e-5); // biome-ignore format: a pair
  });

  test('the minimum of a window', () => {
    // of the last three, (2, 3, 5) and (4, 1, 2): r = (5 − 2, 2 − 1)
    const steps = [[0, 0], [2, 4], [3, 1], [5, 2]].map((l) => [l, [1, 1]]); // biome-ignore format: a table
    const options = { tasks: 2, eps, floor: 'window-min', window: 3 } as const;
    expectClose(weightsAfter(steps as [number[], number[]][], options), [0.75, 0.25], 1e-5);
  });

  test('the minimum of averages', () => {
    // window 20: a moves by ½, b by 1/20, m toward b by 1/20 where b rises. Task 0: ℓ = 8, then 4:
    // a = 6, b = 7.8 = m, r = b − a = 1.8. Task 1: 4, then 6: a = 5, b = 4.1, m = 4.005, r = .995
    const options = { tasks: 2, eps, window: 20 };
    const w = weightsAfter(
      [
        [
          [8, 4],
          [1, 1],
        ],
        [
          [4, 6],
          [1, 1],
        ],
      ],
      options,
    );
    expectClose(w, [1.8 / 2.795, 0.995 / 2.795], 1e-5);
  });

  test('the history of the gradients', () => {
    // κ = (9, 1), then (16, 3): r = (16/√25, 3/√4) = (3.2, 1.5)
    const options = { tasks: 2, eps, floor: 'taylor', gamma: 0 } as const;
    const w = weightsAfter([[[1, 1], [9, 1]], [[1, 1], [16, 3]]], options); // biome-ignore format: a table
    expectClose(w, [3.2 / 4.7, 1.5 / 4.7], 1e-5);
  });
});

describe.each(floors)('floor %s', (floor) => {
  const options = { tasks: 2, floor, window: 7 };
  const at = (step: number): NgerInputs => ({
    taskLosses: [2 + Math.sin(step), 1 + 1 / (1 + step)],
    ntkProxies: [1 + (step % 3), 2 + (step % 5)],
  });

  test('loss is pure, and of the weights that observe then gives', () => {
    const weighting = nger({ ...options, total: 2 });
    for (let step = 0; step < 10; step++) {
      const before = JSON.stringify(weighting.getState());
      const loss = weighting.loss(at(step));
      expectSame(weighting.loss(at(step)), loss);
      expect(JSON.stringify(weighting.getState())).toBe(before);
      weighting.observe(at(step));
      const weights = valuesOf(weighting.weights());
      const [a, b] = at(step).taskLosses as [number, number];
      expectClose(loss, (weights[0] as number) * a + (weights[1] as number) * b, 1e-6);
      expect((weights[0] as number) + (weights[1] as number)).toBeCloseTo(2, 5);
    }
    weighting.dispose();
  });

  test('nothing leaks', () => {
    expectNoLeak(() => {
      const weighting = nger(options);
      for (let step = 0; step < 10; step++) {
        tf.tidy(() => weighting.observe(at(step)));
        expectNoLeak(() => [weighting.loss(at(step)), weighting.weights()]);
      }
      weighting.dispose();
      return [];
    });
    const weighting = nger(options);
    weighting.observe(at(0));
    weighting.observe(at(1));
    for (let step = 2; step < 30; step++) {
      expectNoLeak(() => {
        weighting.observe(at(step));
        return [];
      });
    }
    weighting.dispose();
  });

  test('before the first step, and after dispose, all weigh alike', () => {
    const weighting = nger({ ...options, total: 3 });
    expectSame(weighting.weights(), [1.5, 1.5]);
    weighting.observe(at(0));
    weighting.dispose();
    expectSame(weighting.weights(), [1.5, 1.5]);
  });

  test('a step that is refused leaves no trace', () => {
    const weighting = nger(options);
    weighting.observe(at(0));
    const before = JSON.stringify(weighting.getState());
    const bad: [unknown, RegExp][] = [
      [{ ...at(1), taskLosses: [1, Number.NaN] }, /^nger: expected `taskLosses\[1\]` .*NaN/],
      [{ ...at(1), ntkProxies: [1, -1] }, /^nger: expected `ntkProxies\[1\]` .*-1/],
      [{ ...at(1), ntkProxies: [1, Infinity] }, /^nger: expected `ntkProxies\[1\]` .*Infinity/],
      [{ ...at(1), taskLosses: [1, 2, 3] }, /^nger: expected `taskLosses` of length 2/],
      [{ taskLosses: [1, 2] }, /^nger: expected `ntkProxies` .*undefined/],
      [undefined, /^nger: expected `inputs` .*undefined/],
    ];
    for (const [inputs, message] of bad) {
      expectThrows(() => weighting.observe(inputs as NgerInputs), message);
      expectThrows(() => weighting.loss(inputs as NgerInputs), message);
    }
    expect(JSON.stringify(weighting.getState())).toBe(before);
    weighting.dispose();
  });
});

describe('a task that improves on every step', () => {
  // Beside one that is noise about 4 and cannot improve.
  const run = (floor: Floor) => {
    const weighting = nger({ tasks: 2, floor });
    const noise = valuesOf(tf.randomNormal([1000], 4, 0.5, 'float32', 1));
    const weights = noise.map((noisy, step) => {
      weighting.observe({ taskLosses: [Math.exp(-step / 500), noisy], ntkProxies: [1, 1] });
      return tf.tidy(() => valuesOf(weighting.weights())[0] as number);
    });
    weighting.dispose();
    return weights.slice(100).reduce((sum, w) => sum + w, 0) / 900;
  };

  test('starves under the minimum of a window, as in toploss 0.1.0', () => {
    expect(run('window-min')).toBeLessThan(0.02);
  });
  test('keeps its weight under the default', () => expect(run('ema-min')).toBeGreaterThan(0.5));
});

test('one that others have pushed up has an excess', () => {
  const losses = Array.from({ length: 400 }, (_, step) => [step < 300 ? 1 : 1.5, 1]);
  const proxies = [1, 1];
  const steps = losses.map((l) => [l, proxies]) as [number[], number[]][];
  expect(weightsAfter(steps, { tasks: 2 })[0]).toBeGreaterThan(0.99);
});

test('in trainStep the tasks are weighted, and the weighting observes', () => {
  const [x, y, z] = [normal([8, 3], 1), normal([8, 1], 2), normal([8, 1], 3)];
  const [W, a, b] = [normal([3, 4], 4), normal([4, 1], 5), normal([4, 1], 6)].map((w) =>
    tf.variable(w),
  ) as [tf.Variable, tf.Variable, tf.Variable];
  const tasks = () => {
    const h = tf.tanh(tf.matMul(x, W));
    const error = (head: tf.Tensor, y: tf.Tensor) =>
      tf.mean<tf.Scalar>(tf.square(tf.sub(tf.matMul(h, head), y)));
    const taskLosses = [error(a, y), error(b, z)];
    return { h, taskLosses };
  };
  const weighting = nger({ tasks: 2 });
  const step = trainStep({ optimizer: tf.train.sgd(0.1), terms: [weighting] });
  const forward = () => {
    const { h, taskLosses } = tasks();
    const inputs = { taskLosses, ntkProxies: ntkProxies(() => taskLosses, h) };
    return { loss: weighting.loss(inputs), ...inputs };
  };
  for (let k = 0; k < 5; k++) {
    const { grads } = tf.variableGrads(() => forward().loss);
    const expected = [W, a, b].map((v) => tf.sub(v, tf.mul(0.1, grads[v.name] as tf.Tensor)));
    const losses = step(forward);
    expect(Object.keys(losses)).toEqual(['total', 'base']);
    expectSame(losses.total, losses.base);
    for (const [i, v] of [W, a, b].entries()) {
      expectClose(v, expected[i] as tf.Tensor, 1e-6);
    }
    expect(weighting.getState().steps).toBe(k + 1);
  }
  expectNoLeak(() => step(forward));
  tf.dispose([W, a, b]);
  weighting.dispose();
});

test('has a name', () => expect(nger({ tasks: 2 }).name).toBe('nger'));

describe('bad options', () => {
  const cases: [string, unknown, RegExp][] = [
    [
      'none',
      undefined,
      /^nger: expected `tasks` to be the number of tasks, .*nger\(\{ tasks: 2 \}\)/,
    ],
    ['null', null, /^nger: expected `tasks` to be the number of tasks/],
    ['a number', 2, /^nger: expected `options` to be an object.*2/],
    [
      'no tasks',
      { window: 5 },
      /^nger: expected `tasks` to be the number of tasks, an integer ≥ 1.*undefined/,
    ],
    ['0 tasks', { tasks: 0 }, /^nger: expected `tasks` .*0/],
    ['a floor', { tasks: 2, floor: 'min' }, /^nger: expected `floor` .*ema-min.*"min"/],
    ['an inherited name', { tasks: 2, floor: 'toString' }, /^nger: expected `floor` /],
    ['NaN floor', { tasks: 2, floor: [0, Number.NaN] }, /^nger: expected `floor` /],
    ['one floor', { tasks: 2, floor: [0] }, /^nger: expected `floor` of length 2/],
    ['window', { tasks: 2, window: 0 }, /^nger: expected `window` .*integer ≥ 1/],
    ['γ', { tasks: 2, gamma: -1 }, /^nger: expected `gamma` /],
    ['ε', { tasks: 2, eps: 0 }, /^nger: expected `eps` /],
    ['total', { tasks: 2, total: 0 }, /^nger: expected `total` /],
    ['unknown', { tasks: 2, lambda: 1 }, /^nger: expected `options` .*"lambda"/],
  ];
  test.each(cases)('%s', (_name, options, message) => {
    expectThrows(() => nger(options as NgerTermOptions), message);
  });
});

test('proxies of 0 and losses of 0', () => {
  for (const floor of floors) {
    const weighting = nger({ tasks: 2, floor });
    for (let step = 0; step < 3; step++) {
      const inputs = { taskLosses: [0, 0], ntkProxies: [0, 0] };
      expectFinite(weighting.loss(inputs));
      weighting.observe(inputs);
      expectFinite(weighting.weights());
    }
    weighting.dispose();
  }
});
