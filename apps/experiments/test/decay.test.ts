import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { AT_COLLAPSE, arms, atCollapse, CONDITIONS } from '../src/studies/decay/arms.js';
import { collapseIn, rangeWithin } from '../src/studies/decay/curves.js';
import { decay } from '../src/studies/decay/decay.js';
import type { ArmResults, Measurements } from '../src/study.js';
import { itsArms } from './arms.js';

const all = arms();

describe('the arms', () => {
  itsArms(all, 10);

  it.each(CONDITIONS)('have L2 collapse at a λ of its grid: $name', ({ name, collapse }) => {
    const [l2, there] = ['L2', atCollapse('L2')].map((arm) =>
      all.find((entry) => entry.condition === name && entry.name === arm),
    );
    const known = l2?.candidates.find(({ label }) => label === `λ = ${collapse}`);
    expect(known?.setting).toEqual(there?.candidates[0]?.setting);
  });

  it('never take more than all of a weight away in a step of their own', () => {
    const own = all.flatMap(({ candidates }) =>
      candidates.flatMap(({ label, setting: { task, method } }) =>
        task.optimizer.name === 'sgd' || method.name === 'weight decay'
          ? Number(label.replace('λ = ', '')) * task.optimizer.rate
          : [],
      ),
    );
    expect(Math.max(...own)).toBeLessThanOrEqual(1);
    for (const arm of all.filter(({ name }) => name === 'CWD')) {
      expect(arm.beyond?.('high', arm.candidates)).toBeUndefined();
    }
  });
});

describe('a run', () => {
  const setting = decay.quick(
    all.find(({ condition, name }) => condition === 'breast cancer, Adam' && name === 'CVP hard')
      ?.candidates[5]?.setting as Parameters<typeof decay.quick>[0],
  );

  it.each(['tune', 'test'] as const)('gives the same twice and leaves nothing: %s', (phase) => {
    const before = tf.memory().numTensors;
    const first: Measurements = decay[phase](setting, 1);
    expect(Object.values(first).every(Number.isFinite)).toBe(true);
    expect(decay[phase](setting, 1)).toEqual(first);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the range within two points of the best', () => {
  const curve = (...accuracies: number[]) =>
    accuracies.map((accuracy, k) => ({ lambda: k === 0 ? 0 : 10 ** (k - 4), accuracy, norm: 1 }));

  it('does not jump over a gap, and leaves λ = 0 out', () => {
    // λ = .001 … 100; the best is 90 at .1, 89 is next to it, and beyond 80 there is another 89
    expect(rangeWithin(curve(95, 70, 89, 90, 80, 89, 20), 2)).toEqual({ from: 0.01, to: 0.1 });
  });

  it('ends at the ends of the grid', () => {
    expect(rangeWithin(curve(0, 90, 89, 91), 2)).toEqual({ from: 0.001, to: 0.1 });
  });
});

describe('the collapse', () => {
  const curve = (...accuracies: number[]) =>
    accuracies.map((accuracy, k) => ({ lambda: k, accuracy, norm: 1 }));

  it('is the least λ above the best one that loses enough', () => {
    // 60 at λ = 1 is below the best too, but to its left
    expect(collapseIn(curve(80, 60, 90, 71, 70, 10), 20)).toBe(4);
  });

  it('may be missing', () => {
    expect(collapseIn(curve(80, 60, 90, 71), 20)).toBeUndefined();
  });
});

/** Every arm at 80 % but L2 and CVP where L2 collapses. The seeds differ a little, and alike. */
function made({ l2, cvp, raw = 0.8 }: { l2: number; cvp: number; raw?: number }): ArmResults[] {
  return all.map(({ condition, name, candidates }) => {
    const collapsed = { [atCollapse('L2')]: l2, [atCollapse('CVP cautious')]: cvp, 'CVP raw': raw };
    const accuracy = collapsed[name] ?? 0.8;
    const seeds = Array.from({ length: 20 }, (_, k) => accuracy + 0.0001 * k);
    return {
      condition,
      arm: name,
      tuning:
        candidates.length === 1
          ? []
          : candidates.map(({ label }) => ({
              label,
              measured: { criterion: [0.2], accuracy: [0.8], crossEntropy: [1], norm: [3] },
            })),
      chosen: candidates.at(-1)?.label as string,
      edge: false,
      test: { accuracy: seeds, crossEntropy: seeds, trainingCrossEntropy: seeds, norm: seeds },
    };
  });
}

describe('the report', () => {
  it('claims robustness where L2 collapses and CVP does not', () => {
    const { claims, losses, figures, markdown } = decay.report(made({ l2: 0.3, cvp: 0.79 }));
    expect(claims).toHaveLength(CONDITIONS.length);
    expect(claims.map(({ holds }) => holds)).toEqual(CONDITIONS.map(() => true));
    expect(claims[0]?.found).toContain('L2 loses 50.0');
    expect(losses).toEqual([]);
    expect(figures.map(({ name }) => name)).toEqual(['decay-accuracy', 'decay-norm']);
    expect(markdown).not.toMatch(/NaN|undefined/);
  });

  it.each([
    ['CVP falls by 3 points', { l2: 0.3, cvp: 0.77 }],
    ['L2 does not collapse', { l2: 0.7, cvp: 0.8 }],
  ])('does not where %s', (_, numbers) => {
    const { claims } = decay.report(made(numbers));
    expect(claims.map(({ holds }) => holds)).toEqual(CONDITIONS.map(() => false));
  });

  it('lists where CVP is worse', () => {
    const { losses } = decay.report(made({ l2: 0.3, cvp: 0.8, raw: 0.6 }));
    // In accuracy, to plain and to L2; the made-up cross-entropy is the better for it
    expect(losses).toHaveLength(2);
    expect(losses[0]).toMatch(
      /^test accuracy, %: worse with CVP raw than plain: mixture, Adam \(−20.0/,
    );
  });

  it('knows every arm that it tests twice', () => {
    expect(all.map(({ name }) => name)).toEqual(
      expect.arrayContaining([...AT_COLLAPSE, ...AT_COLLAPSE.map(atCollapse)]),
    );
  });
});
