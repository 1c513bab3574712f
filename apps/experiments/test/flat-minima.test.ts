import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  ALL_STEPS,
  arms,
  conditionOf,
  MODELS,
  TUNED,
  UNTUNED,
} from '../src/studies/flat-minima/arms.js';
import { flatMinima } from '../src/studies/flat-minima/flat-minima.js';
import { report } from '../src/studies/flat-minima/report.js';
import type { ArmResults, Measurements } from '../src/study.js';
import { itsArms } from './arms.js';

const all = arms();

describe('the arms', () => {
  itsArms(all, 5);

  it('choose on labels as noisy as those of training', () => {
    const problems = all.map(({ candidates }) => candidates[0]?.setting.problem);
    expect(problems.every((problem) => problem?.noisyValidation)).toBe(true);
  });

  it('penalize the stack of dense layers in closed form, the others by weight noise', () => {
    const ways = MODELS.map((model) => {
      const arm = all.find(
        ({ condition, name }) => condition === conditionOf(model, 0.2) && name === UNTUNED,
      );
      return arm?.candidates[0]?.setting.method.name;
    });
    const noise = 'SASP by weight noise';
    expect(ways).toEqual(['SASP network', noise, noise, noise]);
  });
});

describe('a run', () => {
  const setting = (model: (typeof MODELS)[number], name: string) =>
    flatMinima.quick(
      all
        .find((arm) => arm.condition === conditionOf(model, 0.2) && arm.name === name)
        ?.candidates.at(-1)?.setting as Parameters<typeof flatMinima.quick>[0],
    );

  it.each([
    ['MLP', TUNED, 'test'],
    ['CNN', ALL_STEPS, 'tune'],
    ['GRU', 'NSO', 'tune'],
  ] as const)('gives the same twice and leaves nothing: %s, %s, %s', (model, name, phase) => {
    const before = tf.memory().numTensors;
    const first: Measurements = flatMinima[phase](setting(model, name), 1);
    expect(Object.values(first).every(Number.isFinite)).toBe(true);
    expect(flatMinima[phase](setting(model, name), 1)).toEqual(first);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('stops plain training where validation data say so', () => {
    const once = setting('MLP', 'plain');
    const twice = { ...once, course: { ...once.course, epochs: 2 } };
    const { crossEntropy, accuracy, ...rest } = flatMinima.test(once, 1);
    expect(rest).toMatchObject({
      stoppedCrossEntropy: crossEntropy,
      stoppedAccuracy: accuracy,
      stoppedAt: 1,
    });
    const criteria = [once, twice].map((own) => flatMinima.tune(own, 1).criterion) as [
      number,
      number,
    ];
    const { stoppedAt } = flatMinima.test(twice, 1);
    expect(stoppedAt).toBe(criteria[1] < criteria[0] ? 2 : 1);
  });
});

describe('the report', () => {
  const seeds = Array.from({ length: 10 }, (_, k) => k);
  const FEW = [conditionOf('MLP', 0.2), conditionOf('GRU', 0.2)];

  /** Every arm's level of cross-entropy, the seeds around it. */
  function made(levels: Record<string, number>, only: readonly string[] = FEW): ArmResults[] {
    return all
      .filter(({ condition }) => only.includes(condition))
      .map(({ condition, name }) => {
        const values = seeds.map((k) => (levels[name] ?? 0.5) * (1 + k / 100));
        return {
          condition,
          arm: name,
          tuning: [],
          chosen: 'λ = 1',
          edge: false,
          test: {
            crossEntropy: values,
            accuracy: values.map((x) => 1 - x),
            ...(name === 'plain' && {
              stoppedCrossEntropy: values.map((x) => x / 2),
              stoppedAccuracy: values.map((x) => 1 - x / 2),
            }),
          },
        };
      });
  }

  it('says where every 4th step is below tuned SAM, and where it is not', () => {
    const better = report(made({ [TUNED]: 0.3 }));
    expect(better.claims.map(({ holds }) => holds)).toEqual([true, true]);
    const worse = report(made({ [TUNED]: 0.7 }));
    expect(worse.claims.map(({ holds }) => holds)).toEqual([false, false]);
    expect(report(made({})).claims.some(({ holds }) => holds)).toBe(false);
  });

  it('names what a penalty loses', () => {
    const { losses } = report(made({ [ALL_STEPS]: 0.7 }, [conditionOf('MLP', 0.2)]));
    expect(losses).toHaveLength(3);
    expect(losses[1]).toMatch(
      /^MLP, 20 % label noise: SASP, every step has more test cross-entropy than SAM/,
    );
  });

  it('has early stopping as an arm, of the plain runs', () => {
    const { markdown } = report(made({ plain: 0.8 }));
    expect(markdown).toMatch(/\| early stopping +\| +0\.418 /);
  });

  it('leaves out the conditions that were not run', () => {
    const { markdown, figures, claims } = report(made({}, [conditionOf('GRU', 0.2)]));
    expect(claims).toHaveLength(1);
    expect(figures).toHaveLength(1);
    expect(markdown).not.toContain('transformer, 20');
    expect(markdown).not.toContain('### clean labels');
  });
});
