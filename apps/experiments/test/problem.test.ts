import * as tf from '@tensorflow/tfjs-core';
import { expectNoLeak, expectSame, valuesOf } from '@toploss/testing';
import { describe, expect, it } from 'vitest';
import { type Examples, type Problem, type Sets, setsOf } from '../src/classification/problem.js';

const PROBLEMS: Problem[] = [
  { data: 'mixture', training: 300, noise: 0.2 },
  { data: 'digits', training: 400, noise: 0.2 },
  { data: 'breast cancer', training: 200, noise: 0.2 },
];

function withSets<T>(problem: Problem, seed: number, f: (sets: Sets) => T): T {
  const sets = setsOf(problem, seed);
  const found = f(sets);
  tf.dispose([{ ...sets.training }, { ...sets.validation }, { ...sets.test }]);
  return found;
}

const rowsOf = ({ x }: Examples): string[] => {
  const width = x.shape[1];
  const values = valuesOf(x);
  return Array.from({ length: x.shape[0] }, (_, k) =>
    values.slice(k * width, (k + 1) * width).join(),
  );
};

const labelsOf = ({ y }: Examples): number[] => tf.tidy(() => valuesOf(tf.argMax(y, 1)));

const trainingLabels = (problem: Problem, seed: number) =>
  withSets(problem, seed, ({ training }) => labelsOf(training));

describe.each(PROBLEMS)('$data', (problem) => {
  it('shares no example between the sets', () => {
    withSets(problem, 1, ({ training, validation, test }) => {
      const rows = [training, validation, test].map(rowsOf);
      expect(rows[0]).toHaveLength(problem.training);
      expect(new Set(rows.flat()).size).toBe(rows.flat().length);
    });
  });

  it.each([0.1, 0.2, 0.4])(
    'has exactly a fraction of %d of label noise, in training only',
    (noise) => {
      const right = trainingLabels({ ...problem, noise: 0 }, 1);
      const given = trainingLabels({ ...problem, noise }, 1);
      const wrong = given.filter((label, k) => label !== right[k]);
      expect(wrong).toHaveLength(noise * problem.training);

      const others = (wanted: Problem) =>
        withSets(wanted, 1, (sets) => [sets.validation, sets.test].map(labelsOf));
      expect(others({ ...problem, noise })).toEqual(others({ ...problem, noise: 0 }));
    },
  );

  it('deals out other training examples under another seed, and gives other labels wrong', () => {
    const rows = (seed: number) => withSets(problem, seed, ({ training }) => rowsOf(training));
    expect(rows(1)).not.toEqual(rows(2));
    expect(rows(1)).toEqual(rows(1));
    expect(trainingLabels(problem, 1)).toEqual(trainingLabels(problem, 1));
  });

  it('tests all seeds on the same examples, which no seed trains or chooses on', () => {
    const labels = (seed: number) => withSets(problem, seed, ({ test }) => labelsOf(test));
    expect(labels(2)).toEqual(labels(1));
    if (problem.data !== 'breast cancer') {
      // there, the scale is that of the training examples
      withSets(problem, 1, ({ test }) =>
        withSets(problem, 101, (other) => {
          expectSame(other.test.x, test.x);
          const chosenOn = [other.training, other.validation].flatMap(rowsOf);
          expect(rowsOf(test).filter((row) => chosenOn.includes(row))).toEqual([]);
        }),
      );
    }
  });

  it('leaves nothing behind', () => expectNoLeak(() => withSets(problem, 1, () => [])));
});

it('scales breast cancer by its training examples: mean 0, deviation 1', () => {
  withSets(PROBLEMS[2] as Problem, 1, ({ training: { x } }) => {
    const { mean, variance } = tf.moments(x, 0);
    expect(Math.max(...valuesOf(tf.abs(mean)))).toBeLessThan(1e-4);
    expect(Math.max(...valuesOf(tf.abs(tf.sub(variance, 1))))).toBeLessThan(1e-3);
  });
});

it('noisy validation labels: as large a share of them, the rest as it was', () => {
  const problem: Problem = { data: 'digits', training: 400, noise: 0.2 };
  const both = [problem, { ...problem, noisyValidation: true }].map((one) =>
    withSets(one, 1, ({ training, validation, test }) => ({
      rows: [training, validation, test].map(rowsOf),
      fixed: [training, test].map(labelsOf),
      validation: labelsOf(validation),
    })),
  );
  const [clean, noisy] = both as [(typeof both)[number], (typeof both)[number]];
  expect(noisy.rows).toEqual(clean.rows);
  expect(noisy.fixed).toEqual(clean.fixed);
  const wrong = noisy.validation.filter((label, k) => label !== clean.validation[k]);
  expect(wrong).toHaveLength(60);
});
