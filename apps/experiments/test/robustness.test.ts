import * as tf from '@tensorflow/tfjs-core';
import { expectClose, expectNoLeak, valuesOf } from '@toploss/testing';
import { describe, expect, it } from 'vitest';
import { networkOf } from '../src/classification/network.js';
import type { Setting } from '../src/classification/setting.js';
import { taskOf } from '../src/classification/tasks.js';
import { SBMP } from '../src/studies/robustness/arms.js';
import { claims } from '../src/studies/robustness/claims.js';
import { losses } from '../src/studies/robustness/losses.js';
import { LEVELS, underNoise } from '../src/studies/robustness/noise.js';
import { robustness } from '../src/studies/robustness/robustness.js';
import type { ArmResults } from '../src/study.js';

describe('noise at the input', () => {
  const examples = {
    x: tf.fill<tf.Rank.R2>([50, 40], 2),
    y: tf.oneHot(tf.zeros([50], 'int32'), 3),
  };
  const labelled = { x: examples.x, y: tf.cast(examples.y, 'float32') as tf.Tensor2D };

  /** What reaches the network, at every level. */
  function inputs(seed: number, purpose: string): number[][] {
    const seen: number[][] = [];
    const network = networkOf([40, 3], 'linear', 0);
    const watched = {
      ...network,
      forward: (x: tf.Tensor2D) => {
        seen.push(valuesOf(x));
        return network.forward(x);
      },
    };
    underNoise(watched, labelled, seed, purpose);
    return seen.slice(0, LEVELS.length); // those of the accuracy; the cross-entropy sees the same again
  }

  it('is one draw of deviation 1, times the level', () => {
    const draws = inputs(1, 'here').map((x) => x.map((value) => value - 2));
    const unit = draws.map((noise, k) => noise.map((e) => e / (LEVELS[k] as number)));
    expect(draws[0]).toEqual(Array(2000).fill(0)); // the first level is 0
    for (const noise of unit.slice(2)) {
      expectClose(noise, unit[1] as number[], 1e-4);
    }
    // Of 2000 numbers: the mean within 3/√2000 = .07, the mean square within 3 √2/√2000 = .095 of 1
    const noise = unit[1] as number[];
    expect(Math.abs(noise.reduce((a, b) => a + b) / 2000)).toBeLessThan(0.07);
    expect(Math.abs(noise.reduce((a, b) => a + b * b, 0) / 2000 - 1)).toBeLessThan(0.095);
  });

  it('is the same for every arm under a seed, and another for another seed or purpose', () => {
    expect(inputs(1, 'here')).toEqual(inputs(1, 'here'));
    expect(inputs(2, 'here')[1]).not.toEqual(inputs(1, 'here')[1]);
    expect(inputs(1, 'there')[1]).not.toEqual(inputs(1, 'here')[1]);
  });
});

describe('a run', () => {
  const task = { ...taskOf('digits', 0), widths: [8], epochs: 1 };
  const setting: Setting = { task, method: { name: 'SBMP', lambda: 1, alpha: 2, fraction: 0.25 } };

  it('is the same twice, finite, and leaves no tensors', () => {
    const first = { tune: robustness.tune(setting, 1), test: robustness.test(setting, 1) };
    expectNoLeak(() => {
      const second = { tune: robustness.tune(setting, 1), test: robustness.test(setting, 1) };
      expect(second).toEqual(first);
      return [];
    });
    const { accuracy, crossEntropy, ...numbers } = first.test;
    const total = (accuracy as number[]).reduce((a, b) => a + b);
    expect(first.tune.criterion).not.toBeCloseTo(1 - total / LEVELS.length, 6); // of other images
    for (const series of [accuracy, crossEntropy]) {
      expect(series).toHaveLength(LEVELS.length);
    }
    for (const value of [accuracy, crossEntropy, numbers, first.tune].flatMap((part) =>
      Object.values(part as object),
    )) {
      expect(value).toSatisfy(Number.isFinite);
    }
    // The first level is clean, the means are over the others
    const [clean, ...noisy] = accuracy as number[];
    expect(numbers.accuracyClean).toBe(clean);
    expect(numbers.accuracyNoisy).toBeCloseTo(noisy.reduce((a, b) => a + b) / noisy.length, 10);
  });
});

describe('the arms', () => {
  const arms = robustness.arms();

  it('have seven values each, or none to choose, and 0 is the plain arm itself', () => {
    for (const { condition, name, candidates } of arms) {
      const plain = arms.find((arm) => arm.condition === condition && arm.name === 'plain');
      expect(candidates).toHaveLength(name === 'plain' ? 1 : 7);
      expect(candidates[0]?.setting).toBe(plain?.candidates[0]?.setting);
    }
  });

  it('differ in the method alone under one condition', () => {
    for (const { condition, candidates } of arms) {
      const plain = arms.find((arm) => arm.condition === condition);
      for (const { setting } of candidates) {
        expect(setting.task).toEqual(plain?.candidates[0]?.setting.task);
      }
    }
  });
});

describe('the report', () => {
  const NAMES = ['plain', 'NEFTune', 'SymNoise', 'R-Drop', ...Object.keys(SBMP)];

  /** Accuracies of 20 seeds: plain has .8 clean and .6 under noise, and the others so many points more under it. */
  const results = (
    points: Record<string, number>,
    { clean = 0, conditions = ['digits'] } = {},
  ): ArmResults[] =>
    conditions.flatMap((condition) =>
      NAMES.map((arm): ArmResults => {
        const gain = (points[arm] ?? 0) / 100;
        const seeds = Array.from({ length: 20 }, (_, k) => k / 1e4);
        // A little of each seed, or no two seeds would differ by more than rounding
        const noisy = seeds.map((e, k) => 0.6 + gain + e + (gain === 0 ? 0 : (k % 5) / 1e4));
        const cleanly = seeds.map((e) => 0.8 + e + (arm in SBMP ? clean / 100 : 0));
        return {
          condition,
          arm,
          tuning: [],
          chosen: arm === 'R-Drop' ? 'α = 0' : 'λ = 10',
          edge: false,
          test: {
            accuracy: noisy.map((x, k) =>
              LEVELS.map((level) => (level ? x : (cleanly[k] as number))),
            ),
            accuracyClean: cleanly,
            accuracyNoisy: noisy,
            crossEntropyNoisy: noisy.map((x) => 2 - x),
          },
        };
      }),
    );
  const claimsOf = (all: ArmResults[]) => robustness.report(all).claims.map(({ holds }) => holds);

  it('says what holds', () => {
    const better = { NEFTune: 1, SymNoise: 2, SBMP: 3, 'SBMP, quarter batch': 2 };
    const { claims, losses, figures, markdown } = robustness.report(results(better));
    expect(claims.map(({ holds }) => holds)).toEqual(claims.map(() => true));
    expect(claims[0]?.found).toContain('digits: **3.0 [3.0, 3.0]** points');
    expect(markdown).toContain('switch off R-Drop (digits). There the arm is the plain one');
    // The quarter batch is behind no peer: SymNoise has 2 as well
    expect(losses).toEqual([]);
    expect(figures.map(({ name }) => name)).toEqual(['robustness-accuracy', 'robustness-gain']);
  });

  it('says what does not', () => {
    const worse = { NEFTune: 3, SymNoise: 3, 'R-Drop': 3, SBMP: -1, 'SBMP, quarter batch': -1 };
    const all = results(worse, { clean: -2 });
    const found = losses(all);
    expect(claimsOf(all)).toEqual(claims(all).map(() => false));
    expect(found).toContainEqual(
      expect.stringContaining('digits: SBMP has less accuracy (%) under noise than SymNoise'),
    );
    expect(found).toContainEqual(
      expect.stringContaining('digits: SBMP has more cross-entropy under noise than plain'),
    );
    expect(found).toContainEqual(
      expect.stringContaining('digits: SBMP, quarter batch has less accuracy (%) on clean images'),
    );
  });

  it('lets less than a point pass where none is to be lost, but not where something is to be won', () => {
    const near = { NEFTune: 0.5, SBMP: 0, 'SBMP, quarter batch': 0 };
    expect(claimsOf(results(near, { clean: -0.5 }))).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
    ]);
    const beyond = { NEFTune: 1.5, SBMP: 0, 'SBMP, quarter batch': 0 };
    expect(claimsOf(results(beyond))).toEqual([false, false, false, true, true, true]);
  });

  it('holds nowhere where it fails on one data set', () => {
    const [won, lost] = [{ SBMP: 3 }, { SBMP: -3 }];
    const all = [
      ...results(won, { conditions: ['digits'] }),
      ...results(lost, { conditions: ['MNIST'] }),
    ];
    expect(claimsOf(all)[0]).toBe(false);
    expect(claims(all)[0]?.found).toMatch(/digits: \*\*3.*; MNIST: \*\*−3/);
  });
});
