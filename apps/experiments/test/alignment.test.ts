import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { arms } from '../src/studies/alignment/arms.js';
import { claimsOf } from '../src/studies/alignment/claims.js';
import {
  CONDITIONS,
  type Condition,
  RECORDS,
  recordedSteps,
} from '../src/studies/alignment/conditions.js';
import { whenReached, withCourse } from '../src/studies/alignment/course.js';
import { lossesOf } from '../src/studies/alignment/losses.js';
import { alignment } from '../src/studies/alignment/study.js';
import { tasksOf } from '../src/studies/alignment/tasks.js';
import type { ArmResults } from '../src/study.js';

beforeAll(async () => {
  await tf.setBackend('wasm'); // as the study has it, and several times faster
});

const armOf = (condition: Condition, name: string) => {
  const found = arms().find((arm) => arm.condition === condition && arm.name === name);
  if (found === undefined) {
    throw new Error(`no arm ${name}`);
  }
  return found;
};

test.each(['digits', 'one language, then another'] satisfies Condition[])(
  '%s: a run is finite, the same twice, and leaks nothing',
  (condition) => {
    const { setting } = armOf(condition, 'DMTA cosine').candidates[3] ?? {};
    const tiny = alignment.quick(setting as NonNullable<typeof setting>);
    const before = tf.memory().numTensors;
    const runs = [1, 1, 2].map((seed) => alignment.test(tiny, seed));
    expect(tf.memory().numTensors).toBe(before);
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]).not.toEqual(runs[2]);
    expect(
      Object.values(runs[0] ?? {})
        .flat()
        .every(Number.isFinite),
    ).toBe(true);
    const records = 1 + RECORDS * CONDITIONS[condition].steps.length;
    expect(runs[0]?.stepsA).toHaveLength(records);
  },
);

test('what is chosen on is the mean of the tasks, on validation data', () => {
  const { setting } = armOf('digits 0–4, then 5–9', 'Adam').candidates[0] ?? {};
  const tiny = alignment.quick(setting as NonNullable<typeof setting>);
  const { criterion, lossA, lossB } = alignment.tune(tiny, 101);
  expect(criterion).toBeCloseTo(((lossA as number) + (lossB as number)) / 2, 10);
  expect(alignment.test(tiny, 101).lossA).not.toBe(lossA);
});

test('grids have seven values, and what is switched off is Adam itself', () => {
  for (const { condition, name, candidates } of arms().filter(
    ({ candidates }) => candidates.length > 1,
  )) {
    expect(candidates).toHaveLength(7);
    const adam = armOf(condition as Condition, 'Adam').candidates[0]?.setting;
    const off = candidates.find(
      ({ label }) => / = (0|10)$/.test(label) && !/λ = 10|α = 10/.test(label),
    );
    expect(JSON.stringify(off?.setting), name).toBe(JSON.stringify(adam));
  }
});

test('the grid of β₁ ends at 0, and goes on above', () => {
  const { candidates, beyond } = armOf('digits', 'Adam, β₁ chosen');
  expect(candidates[0]?.setting.method).toEqual({ name: 'Adam', beta1: 0 });
  expect(beyond?.('low', candidates)).toBeUndefined();
  expect(beyond?.('high', candidates)?.setting.method).toEqual({ name: 'Adam', beta1: 0.995 });
});

test('the digits are split, none is lost, and none of B is in A', () => {
  const labelsOf = (x: tf.Tensor) => Array.from(tf.tidy(() => tf.argMax(x, 1).dataSync()));
  const { tasks, learner } = tasksOf(CONDITIONS['digits 0–4, then 5–9'], 1);
  const [a, b] = tasks.map(({ training, validation, test }) => ({
    training: labelsOf(training.y),
    others: [...labelsOf(validation.joint), ...labelsOf(test.joint)],
  }));
  expect(Math.max(...(a?.training ?? []), ...(a?.others ?? []))).toBe(4);
  expect(Math.min(...(b?.training ?? []), ...(b?.others ?? []))).toBe(5);
  expect((a?.training.length ?? 0) + (b?.training.length ?? 0)).toBe(800);
  tf.dispose([
    learner.params,
    tasks.flatMap(({ training, validation, test }) => [
      { ...training },
      { ...validation },
      { ...test },
    ]),
  ]);
});

test('where B is learned alike, by hand', () => {
  // B comes down from 4 to 2 between the first two records: at 2.5, three quarters of the way, where A is at 1.75
  expect(whenReached([1, 2, 5], [4, 2, 1], 2.5)).toBe(1.75);
  expect(whenReached([1, 2, 5], [4, 2, 1], 1)).toBe(5);
  expect(whenReached([1, 2, 5], [4, 2, 1], 4)).toBe(1);
});

const SEEDS = 10; // enough for p < .05 after Holm's correction
/** Small differences between the seeds, the same in every arm. */
const noise = (seed: number) => 0.01 * Math.sin(seed);

/** The loss falls from 2 to its end along a line; after the switch A rises and B falls along lines. */
function made(
  condition: Condition,
  arm: string,
  endA: number,
  endB = 0.3,
  seeds = SEEDS,
): ArmResults {
  const { steps } = CONDITIONS[condition];
  const line = (from: number, to: number) =>
    Array.from({ length: RECORDS }, (_, k) => from + ((k + 1) / RECORDS) * (to - from));
  const ofSeeds = (f: (seed: number) => number[]) =>
    Array.from({ length: seeds }, (_, seed) => f(seed).map((x) => x + noise(seed)));
  const isSwitch = steps.length > 1;
  const stepsA = ofSeeds((seed) =>
    isSwitch
      ? [2, ...line(2, 0.1), ...line(0.1, endA + 0.001 * seed)]
      : [2, ...line(2, endA + 0.001 * seed)],
  );
  const stepsB = ofSeeds(() => [2, ...line(2, 3), ...line(3, endB)]);
  const last = (series: number[][]) => series.map((losses) => losses.at(-1) as number);
  const test = {
    lossA: last(stepsA),
    accuracyA: stepsA.map(() => 0.9),
    stepsA,
    ...(isSwitch ? { lossB: last(stepsB), accuracyB: stepsB.map(() => 0.9), stepsB } : {}),
    mean: isSwitch
      ? last(stepsA).map((a, seed) => (a + (last(stepsB)[seed] as number)) / 2)
      : last(stepsA),
  };
  const candidates = armOf(condition, arm).candidates;
  const tuning = candidates.length > 1 ? candidates : [];
  return {
    condition,
    arm,
    tuning: tuning.map(({ label }) => ({
      label,
      measured: { criterion: [1], lossA: [endA], ...(isSwitch ? { lossB: [endB] } : {}) },
    })),
    chosen: tuning[1]?.label ?? '',
    edge: false,
    test,
  };
}

/** All arms like Adam, but for the given ends of A. */
const results = (ends: Record<string, number>) =>
  arms().map(({ condition, name }) => made(condition as Condition, name, ends[name] ?? 0.5));

const CONDITION_NAMES = Object.keys(CONDITIONS) as Condition[];

const judged = (ends: Record<string, number>) => {
  const all = CONDITION_NAMES.flatMap((condition) => withCourse(results(ends), condition));
  return {
    claims: claimsOf(all),
    losses: CONDITION_NAMES.flatMap((condition) => lossesOf(all, condition)),
  };
};

test('where DMTA is better, every claim holds, and nothing is lost', () => {
  const { claims, losses } = judged({
    'DMTA linear': 0.4,
    'DMTA linear, α = 1': 0.4,
    'DMTA cosine': 0.45,
  });
  expect(claims).toHaveLength(12);
  expect(claims.filter(({ holds }) => !holds)).toEqual([]);
  expect(losses).toEqual([]);
});

test('where it is worse, no claim holds, and it is listed', () => {
  const { claims, losses } = judged({
    AdEMAMix: 0.51,
    'Adam, β₁ chosen': 0.51,
    'DMTA linear': 0.6,
    'DMTA linear, α = 1': 0.6,
    'DMTA cosine': 0.7,
  });
  expect(claims.filter(({ holds }) => holds)).toEqual([]);
  for (const condition of CONDITION_NAMES) {
    for (const arm of ['DMTA linear', 'DMTA cosine']) {
      for (const peer of ['Adam', 'Adam, β₁ chosen', 'AdEMAMix']) {
        const start = `${condition}: ${arm} is worse than ${peer} in test loss`;
        expect(
          losses.filter((loss) => loss.startsWith(start)),
          start,
        ).toHaveLength(1);
      }
    }
  }
});

test('where it is left off, it is as good as AdEMAMix that is, and no better than Adam', () => {
  const { claims, losses } = judged({ 'Adam, β₁ chosen': 0.4 });
  expect(claims.filter(({ holds }) => holds).map(({ statement }) => statement)).toEqual([
    'digits: the test loss of DMTA linear is at most 5 % above that of AdEMAMix',
    'a language: the test loss of DMTA linear is at most 5 % above that of AdEMAMix',
  ]);
  // An AdEMAMix that is off is Adam: nothing is lost to it. To the better β₁ it is, by both forms of DMTA
  expect(losses.some((loss) => loss.includes('AdEMAMix'))).toBe(false);
  expect(losses.filter((loss) => loss.includes('than Adam, β₁ chosen in'))).toHaveLength(8);
});

test('who learns B less does not forget A less where B is learned alike', () => {
  // Both lose .4 of A for 2.7 of B at the same pace; the lazy arm stops halfway, which is how far both are compared
  const condition = 'digits 0–4, then 5–9';
  const [busy, lazy] = withCourse(
    [made(condition, 'Adam', 0.5, 0.3), made(condition, 'DMTA linear', 0.3, 1.65)],
    condition,
  ).map(({ test }) => test);
  expect(lazy?.lossA?.[0]).toBeCloseTo(0.3, 6);
  expect(busy?.lossA?.[0]).toBeCloseTo(0.5, 6);
  expect(lazy?.alike?.[0]).toBeCloseTo(0.3, 6);
  expect(busy?.alike?.[0]).toBeCloseTo(0.3, 6);
});

test('a report: claims, and a figure for each condition and one for the knobs, all of them SVG', () => {
  const few = arms().map(({ condition, name }) => made(condition as Condition, name, 0.5, 0.3, 2));
  const { figures, markdown, claims } = alignment.report(few);
  expect(claims).toHaveLength(12);
  expect(figures).toHaveLength(5);
  for (const { name, svg } of figures) {
    expect(name).toMatch(/^alignment-[a-z0-9-]+$/);
    expect(svg).toMatch(/^<svg /);
    expect(svg).not.toMatch(/NaN|undefined/);
  }
  expect(markdown).not.toMatch(/NaN|undefined/);
});

test('losses are recorded at whole steps, in order, up to the last', () => {
  for (const { steps } of Object.values(CONDITIONS)) {
    const recorded = recordedSteps(steps);
    expect(recorded.every(Number.isInteger)).toBe(true);
    expect(recorded).toEqual([...new Set(recorded)].sort((a, b) => a - b));
    expect(recorded.at(-1)).toBe(steps.reduce((a, b) => a + b));
  }
});
