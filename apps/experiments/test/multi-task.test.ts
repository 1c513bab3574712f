import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { arms, EQUAL, type Setting } from '../src/studies/multi-task/arms.js';
import type { Method } from '../src/studies/multi-task/methods.js';
import { inParts } from '../src/studies/multi-task/metrics.js';
import { multiTask } from '../src/studies/multi-task/multi-task.js';
import {
  disposeExamples,
  type Problem,
  type Sets,
  setsOf,
} from '../src/studies/multi-task/problem.js';

const PROBLEMS: Problem[] = [
  { data: 'regression', training: 40 },
  { data: 'digits', training: 40 },
  { data: 'penguins', training: 40 },
];

const METHODS: Method[] = [
  { name: 'fixed weights', noisy: 0.5 },
  { name: 'uncertainty weighting', rate: 0.1 },
  { name: 'NTKMTL', exponent: 0.5 },
  { name: 'ExcessMTL', step: 0.1 },
  { name: 'NGER', floor: 'ema-min', gamma: 1 },
  { name: 'NGER', floor: 'known', gamma: 1 },
];

const setting = (problem: Problem, method: Method): Setting => ({
  task: { problem, widths: [6], rate: 0.01, batch: 20, epochs: 3 },
  method,
});

function withSets<T>(problem: Problem, seed: number, f: (sets: Sets) => T): T {
  const sets = setsOf(problem, seed);
  const result = f(sets);
  for (const examples of [sets.training, sets.validation, sets.test]) {
    disposeExamples(examples);
  }
  return result;
}

const inputs = (part: 'training' | 'validation' | 'test') => (sets: Sets) =>
  (sets[part].x.arraySync() as number[][]).map((row) => row.join(' '));

describe('a run', () => {
  it.each(PROBLEMS.flatMap((problem) => METHODS.map((method) => [problem, method] as const)))(
    'of %o with %o is the same twice, finite, and leaks nothing',
    (problem, method) => {
      const before = tf.memory().numTensors;
      const measured = multiTask.test(setting(problem, method), 1);
      expect(multiTask.test(setting(problem, method), 1)).toEqual(measured);
      expect(tf.memory().numTensors).toBe(before);
      expect(Object.values(measured).flat().every(Number.isFinite)).toBe(true);
      expect(measured.share).toHaveLength(6); // of 3 epochs of 2 batches
    },
  );

  it('differs from seed to seed', () => {
    const one = setting(PROBLEMS[0] as Problem, METHODS[0] as Method);
    expect(multiTask.tune(one, 1)).not.toEqual(multiTask.tune(one, 2));
  });

  it('learns the clean task', () => {
    const { task, method } = setting({ data: 'digits', training: 200 }, METHODS[0] as Method);
    const error = (epochs: number) =>
      multiTask.tune({ task: { ...task, widths: [32], epochs }, method }, 1).criterion;
    expect(error(20)).toBeLessThan(0.5 * error(1));
  });
});

describe('the examples', () => {
  it.each(['digits', 'penguins'] as const)('of %s are tested the same for every seed', (data) => {
    const tested = [1, 2].map((seed) => withSets({ data, training: 40 }, seed, inputs('test')));
    const trained = [1, 2].map((seed) =>
      withSets({ data, training: 40 }, seed, inputs('training')),
    );
    expect(tested[0]).toEqual(tested[1]);
    expect(trained[0]).not.toEqual(trained[1]);
  });

  it.each(PROBLEMS)('of %o are in one set only', (problem) => {
    withSets(problem, 1, (sets) => {
      const test = new Set(inputs('test')(sets));
      const training = inputs('training')(sets);
      const validation = new Set(inputs('validation')(sets));
      expect(training).toHaveLength(40);
      expect(training.some((row) => test.has(row) || validation.has(row))).toBe(false);
      expect([...validation].some((row) => test.has(row))).toBe(false);
    });
  });

  it('of a regression have functions of variance 1 − 1/e as targets', () => {
    const variances = Array.from({ length: 20 }, (_, seed) =>
      withSets({ data: 'regression', training: 40 }, seed, ({ test }) =>
        tf.tidy(() => tf.moments(test.targets[0]).variance.dataSync()[0] as number),
      ),
    );
    const mean = variances.reduce((sum, x) => sum + x) / variances.length;
    expect(mean).toBeGreaterThan(0.5);
    expect(mean).toBeLessThan(0.75);
  });

  it.each(PROBLEMS)(
    'of %o have noisy targets that cost about the floor when nothing is known',
    (problem) => {
      withSets(problem, 1, ({ tasks: [, noisy], test }) => {
        const cost = tf.tidy(() => {
          const mean = tf.mean(test.targets[1], 0, true);
          const squared = tf.mean(tf.square(tf.sub(test.targets[1], mean)));
          const entropy = tf.neg(tf.sum(tf.mul(mean, tf.log(mean))));
          return (noisy.loss === 'squared error' ? squared : entropy).dataSync()[0] as number;
        });
        expect(cost / noisy.floor).toBeGreaterThan(0.85);
        expect(cost / noisy.floor).toBeLessThan(1.15);
      });
    },
  );
});

describe('the arms', () => {
  it('share the runs of equal weights where their knob switches them off', () => {
    const all = arms().filter(({ condition }) => condition === 'regression');
    const equal = all.find(({ name }) => name === EQUAL)?.candidates[0]?.setting;
    const settingOf = (name: string, label: string) =>
      all
        .find((arm) => arm.name === name)
        ?.candidates.find((candidate) => candidate.label === label)?.setting;
    expect(settingOf('fixed weights, tuned', 'v = 0.5')).toBe(equal);
    expect(settingOf('NTKMTL', 'p = 0')).toBe(equal);
    expect(settingOf('ExcessMTL', 'η = 0')).toBe(equal);
  });

  it('have seven candidates where they have a knob', () => {
    const counts = new Set(arms().map(({ candidates }) => candidates.length));
    expect([...counts].sort()).toEqual([1, 7]);
  });
});

describe('inParts', () => {
  it('takes means of parts of a series', () => {
    expect(inParts([1, 3, 5, 7], 2)).toEqual([2, 6]);
    expect(inParts([1, 3, 5], 2)).toEqual([2, 5]); // the first two, and the last
  });

  it('has no more parts than the series has points', () => {
    expect(inParts([1, 3], 20)).toEqual([1, 3]);
  });
});
