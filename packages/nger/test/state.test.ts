import { type Floor, type NgerTermOptions, nger } from '@toploss/nger';
import { expectNoLeak, expectThrows, valuesOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

const floors: Floor[] = ['ema-min', 'window-min', 'taylor', [0.5, 0.25]];
const at = (step: number) => ({
  taskLosses: [2 + Math.sin(step), 1 + 1 / (1 + step)],
  ntkProxies: [1 + (step % 3), 2 + (step % 5)],
});
const after = (steps: number, options: NgerTermOptions) => {
  const weighting = nger(options);
  for (let step = 0; step < steps; step++) {
    weighting.observe(at(step));
  }
  return weighting;
};

describe.each(floors)('floor %s', (floor) => {
  const options = { tasks: 2, floor, window: 6 };

  test.each([0, 1, 4, 6, 9])('stopped after %i steps and continued: the same bits', (stop) => {
    const whole = after(stop, options);
    const stopped = after(stop, options);
    const resumed = nger(options);
    resumed.setState(JSON.parse(JSON.stringify(stopped.getState())));
    expect(resumed.getState()).toEqual(stopped.getState());
    for (let step = stop; step < stop + 10; step++) {
      expect(valuesOf(resumed.loss(at(step)))).toEqual(valuesOf(whole.loss(at(step))));
      whole.observe(at(step));
      resumed.observe(at(step));
      expect(valuesOf(resumed.weights())).toEqual(valuesOf(whole.weights()));
    }
    expect(JSON.stringify(resumed.getState())).toBe(JSON.stringify(whole.getState()));
    for (const weighting of [whole, stopped, resumed]) {
      weighting.dispose();
    }
  });

  test('is plain data, and a copy', () => {
    const weighting = after(3, options);
    const state = weighting.getState();
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    (state.weights as number[])[0] = 99;
    expect(weighting.getState().weights[0]).not.toBe(99);
    weighting.dispose();
  });

  test('nothing leaks', () => {
    const weighting = after(3, options);
    const state = weighting.getState();
    expectNoLeak(() => {
      weighting.setState(state);
      weighting.getState();
      return [];
    });
    weighting.dispose();
  });
});

test('says what the floors are', () => {
  const saved = (floor: Floor) => nger({ tasks: 2, floor }).getState().floor;
  expect(floors.map(saved)).toEqual(['ema-min', 'window-min', 'taylor', 'given']);
});

test('names what may be remembered', () => {
  const weighting = after(3, { tasks: 2 });
  const { memory, ...state } = weighting.getState();
  expectThrows(
    () => weighting.setState({ ...state, memory: { ...memory, total: [1, 2] } }),
    /^nger: expected `state.memory` to have keys among fast, slow, lowest, score, known\. Received: "total"/,
  );
  weighting.dispose();
});

describe('a state that is refused leaves the old one', () => {
  const options = { tasks: 2, floor: 'window-min', window: 6 } as const;
  const state = after(3, options).getState();
  const memory = state.memory as { losses: number[][] };
  const cases: [string, unknown, RegExp][] = [
    ['nothing', undefined, /^nger: expected `state` .*undefined/],
    ['a string', JSON.stringify(state), /^nger: expected `state` /],
    [
      'foreign',
      { ...state, format: 'toploss/dmta' },
      /^nger: expected `state.format` .*"toploss\/dmta"/,
    ],
    ['of the future', { ...state, version: 3 }, /^nger: expected `state.version` to be 2.*3/],
    [
      'of other floors',
      { ...state, floor: 'ema-min' },
      /^nger: expected `state.floor` .*"window-min".*"ema-min"/,
    ],
    ['of three tasks', { ...state, tasks: 3 }, /^nger: expected `state.tasks` to be 2.*3/],
    ['steps', { ...state, steps: -1 }, /^nger: expected `state.steps` /],
    [
      'other steps',
      { ...state, steps: 4 },
      /^nger: expected `state.memory.losses` to be an array of 4/,
    ],
    ['no steps', { ...state, steps: 0 }, /^nger: expected `state.weights` to be an array of 0/],
    ['a weight', { ...state, weights: [1] }, /^nger: expected `state.weights` to be an array of 2/],
    [
      'null',
      { ...state, weights: [1, null] },
      /^nger: expected `state.weights\[1\]` to be a finite float32.*null/,
    ],
    ['no memory', { ...state, memory: undefined }, /^nger: expected `state.memory` /],
    [
      'memory before the first step',
      { ...state, steps: 0, weights: [] },
      /^nger: expected `state.memory` to be empty\. Received: "losses"/,
    ],
    [
      'foreign memory',
      { ...state, memory: { ...memory, total: [1, 2] } },
      /^nger: expected `state.memory` to have keys among losses, score, known\. Received: "total"/,
    ],
    ['empty', { ...state, memory: {} }, /^nger: expected `state.memory.losses` .*undefined/],
    [
      'inherited',
      { ...state, memory: { ...memory, toString: [] } },
      /^nger: expected `state.memory` .*"toString"/,
    ],
    [
      'a row',
      { ...state, memory: { losses: [[1, 2], [1], [3, 4]] } },
      /^nger: expected `state.memory.losses\[1\]` /,
    ],
    [
      'float64',
      {
        ...state,
        memory: {
          losses: [
            [1, 2],
            [0.1, 1],
            [3, 4],
          ],
        },
      },
      /^nger: expected `state.memory.losses\[1\]\[0\]` .*0.1/,
    ],
  ];
  test.each(cases)('%s', (_name, bad, message) => {
    const weighting = after(5, options);
    const before = JSON.stringify(weighting.getState());
    expectThrows(() => weighting.setState(bad as typeof state), message);
    expect(JSON.stringify(weighting.getState())).toBe(before);
    weighting.dispose();
  });
});
