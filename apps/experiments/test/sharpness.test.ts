import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Method } from '../src/classification/methods.js';
import type { Setting } from '../src/classification/setting.js';
import { arms } from '../src/studies/sharpness/arms.js';
import { traceAt, withEqualTrace } from '../src/studies/sharpness/equal-loss.js';
import { sharpness } from '../src/studies/sharpness/sharpness.js';
import type { ArmResults, StudyResults } from '../src/study.js';

describe('arms', () => {
  const all = arms();

  it('are the same thirteen under twelve conditions', () => {
    const conditions = [...new Set(all.map(({ condition }) => condition))];
    expect(conditions).toHaveLength(12);
    for (const condition of conditions) {
      const names = all.filter((arm) => arm.condition === condition).map(({ name }) => name);
      expect(new Set(names).size).toBe(13);
      expect(names).toEqual(all.slice(0, 13).map(({ name }) => name));
    }
  });

  it('have seven values each, of which one is plain, under the same key', () => {
    for (const { condition, name, candidates } of all) {
      const plain = all.find((arm) => arm.condition === condition && arm.name === 'plain');
      const key = (setting: Setting | undefined) => JSON.stringify(setting);
      const same = candidates.filter(
        ({ setting }) => key(setting) === key(plain?.candidates[0]?.setting),
      );
      expect(candidates, `${condition}: ${name}`).toHaveLength(name === 'plain' ? 1 : 7);
      expect(same, `${condition}: ${name}`).toHaveLength(1);
    }
  });

  it('are extended by their own ratio, and not beyond the end of their knob', () => {
    const of = (name: string) => all.find((arm) => arm.name === name) as (typeof all)[number];
    const beyond = (name: string, edge: 'low' | 'high') =>
      of(name).beyond?.(edge, of(name).candidates)?.label;
    expect(beyond('SAM', 'high')).toBe('ρ = 3.2');
    expect(beyond('SAM', 'low')).toBeUndefined();
    expect(beyond('early stopping', 'high')).toBeUndefined();
  });
});

describe('a run', () => {
  const setting = (method: Method): Setting => ({
    task: {
      problem: { data: 'mixture', training: 120, noise: 0.2 },
      widths: [5, 5],
      activation: 'tanh',
      optimizer: { name: 'adam', rate: 0.01 },
      batch: 40,
      epochs: 3,
    },
    method,
  });
  const plain = setting({ name: 'plain' });
  const sasp = setting({ name: 'SASP network', lambda: 0.1, fraction: 0.25 });

  it.each([plain, sasp])(
    'is the same twice, finite, and leaves nothing behind: $method.name',
    (one) => {
      const first = { ...sharpness.test(one, 2), ...sharpness.tune(one, 101) };
      const { numTensors } = tf.memory();
      const second = { ...sharpness.test(one, 2), ...sharpness.tune(one, 101) };
      expect(tf.memory().numTensors).toBe(numTensors);
      expect(second).toEqual(first);
      expect(
        Object.values(first)
          .flat()
          .filter((x) => !Number.isFinite(x)),
      ).toEqual([]);
    },
  );

  it('follows the path to its end', () => {
    const { pathLoss, trainingCrossEntropy } = sharpness.test(plain, 2);
    expect(pathLoss).toHaveLength(3); // one for each epoch, there being fewer than eight
    expect((pathLoss as number[]).at(-1)).toBe(trainingCrossEntropy);
  });

  it('maps the surroundings under the first seed only, and not of every method', () => {
    const lengths = (one: Setting, seed: number) => {
      const { line, plane } = sharpness.test(one, seed) as Record<string, number[] | undefined>;
      return [line?.length, plane?.length];
    };
    expect(lengths(plain, 1)).toEqual([21, 225]);
    expect(lengths(plain, 2)).toEqual([0, 0]); // the same names under every seed
    expect(lengths(sasp, 1)).toEqual([undefined, undefined]);
  });

  it('differs between methods and seeds', () => {
    const loss = (one: Setting, seed: number) => sharpness.test(one, seed).crossEntropy;
    expect(loss(sasp, 2)).not.toBe(loss(plain, 2));
    expect(loss(plain, 3)).not.toBe(loss(plain, 2));
  });
});

describe('trace at equal loss', () => {
  it('lies between two measurements, linear in the loss', () => {
    const path = { loss: [2, 1, 0.5], trace: [10, 20, 60] };
    expect(traceAt(path, 0.75)).toBe(40);
    expect(traceAt(path, 1)).toBe(20);
    expect(traceAt(path, 3)).toBe(10); // below it from the first measurement on
  });

  it('is where all arms get to under that seed, the most restrained being the last', () => {
    const arm = (name: string, pathLoss: number[][], pathTrace: number[][]): ArmResults => ({
      condition: 'here',
      arm: name,
      tuning: [],
      chosen: '',
      edge: false,
      test: { pathLoss, pathTrace },
    });
    const results = withEqualTrace([
      arm(
        'plain',
        [
          [2, 0],
          [2, 0],
        ],
        [
          [10, 30],
          [10, 30],
        ],
      ),
      arm(
        'restrained',
        [
          [2, 1],
          [2, 1.5],
        ],
        [
          [5, 7],
          [5, 9],
        ],
      ),
      arm('early stopping', [[2], [2]], [[10], [10]]),
    ]);
    expect(results.map(({ test }) => test.equalTrace)).toEqual([[20, 15], [7, 9], undefined]);
  });
});

describe('report', () => {
  const SEEDS = 12;

  /** Under all conditions; every arm's level of cross-entropy, accuracy and trace, the seeds around it. */
  function made(
    levels: Record<string, { loss: number; accuracy?: number; trace: number }>,
  ): StudyResults {
    return arms().map(({ condition, name }) => {
      const { loss, accuracy = 0.8, trace } = levels[name] ?? { loss: 0.8, trace: 80 };
      const seeds = (level: number) =>
        Array.from({ length: SEEDS }, (_, k) => level * (1 + k / 50 + (level * k) / 1000));
      const series = <T>(f: (k: number) => T) => Array.from({ length: SEEDS }, (_, k) => f(k));
      return {
        condition,
        arm: name,
        tuning: [],
        chosen: 'λ = 1',
        edge: false,
        test: {
          crossEntropy: seeds(loss),
          scaledCrossEntropy: seeds(loss),
          accuracy: seeds(accuracy),
          calibration: seeds(0.1),
          trace: seeds(trace),
          headTrace: seeds(trace / 2),
          eigenvalue: seeds(trace / 10),
          pathLoss: series(() => [2, 1]),
          pathTrace: series((k) => [trace, trace + k / 100]),
          line: series((k) => (k === 0 ? Array.from({ length: 21 }, (_, t) => 1 + t) : [])),
          plane: series((k) => (k === 0 ? Array.from({ length: 225 }, (_, t) => 1 + t) : [])),
        },
      };
    });
  }

  const good = sharpness.report(
    made({
      plain: { loss: 1, trace: 100 },
      'SASP fisher': { loss: 0.8, trace: 50 },
      'SASP hessian': { loss: 0.7, trace: 40 },
      'SASP network, full batch': { loss: 0.5, trace: 20 },
    }),
  );
  const bad = sharpness.report(
    made({
      plain: { loss: 1, trace: 100 },
      'SASP fisher': { loss: 0.9, trace: 70 },
      'SASP hessian': { loss: 0.95, trace: 75 },
      'SASP network, full batch': { loss: 1.2, accuracy: 0.7, trace: 50 },
    }),
  );

  it('says that the claims hold where they do', () => {
    expect(good.claims).toHaveLength(12);
    expect(good.claims.filter(({ holds }) => !holds)).toEqual([]);
    expect(good.losses).toEqual([]);
  });

  it('says that they do not where they do not, and where SASP loses', () => {
    expect(bad.claims).toHaveLength(12);
    expect(bad.claims.filter(({ holds }) => holds)).toEqual([]);
    const network = bad.losses.filter((loss) => loss.startsWith('SASP network, full batch'));
    expect(network).toHaveLength(5);
    expect(network[0]).toMatch(
      /more test cross-entropy than plain in 12 of 12 conditions: mixture/,
    );
    expect(network[1]).toMatch(/less test accuracy \(%\) than plain in 12 of 12/);
  });

  it('gives the changes in percent, of the geometric mean', () => {
    const [trace, , loss] = good.claims.map(({ found }) => found);
    expect(trace).toMatch(/SASP fisher −5\d % \[−5\d, −5\d\], SASP hessian −6\d %/);
    expect(loss).toMatch(/SASP fisher −2\d % .*, SASP hessian −3\d %/);
  });

  it('marks what is better than plain, and what is worse', () => {
    expect(good.markdown).toMatch(/SASP network, full batch +\| +\*\*0\.5/);
    expect(bad.markdown).toMatch(/SASP network, full batch +\| +\*1\.3/);
  });

  it('draws what was measured, with what it shows in words', () => {
    expect(good.figures.map(({ name }) => name)).toEqual([
      'sharpness-cross-entropy',
      'sharpness-accuracy',
      'sharpness-trace',
      'sharpness-path',
      'sharpness-line',
      'sharpness-plane-mixture',
      'sharpness-plane-digits',
      'sharpness-plane-breast-cancer',
    ]);
    for (const { svg, alt } of good.figures) {
      expect(svg).not.toContain('NaN');
      expect(alt.length).toBeGreaterThan(40);
    }
  });
});
