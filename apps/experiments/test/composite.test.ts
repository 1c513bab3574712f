import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { arms, COMBINATIONS, CONDITIONS } from '../src/studies/composite/arms.js';
import { composite } from '../src/studies/composite/composite.js';
import type { ArmResults, Measurements } from '../src/study.js';
import { itsArms } from './arms.js';

const all = arms();

describe('the arms', () => {
  itsArms(all, 7);

  it.each(COMBINATIONS)('multiply all parts by one factor: $name', ({ parts, options }) => {
    const [one, two] = [options(1), options(2)].map((part) =>
      Object.values(part).map(({ lambda }) => lambda),
    ) as [number[], number[]];
    expect(one).toHaveLength(parts.length);
    expect(two).toEqual(one.map((lambda) => 2 * lambda));
  });
});

describe('a run', () => {
  const setting = composite.quick(
    all.find(({ condition, name }) => condition === CONDITIONS.mixture && name === 'all')
      ?.candidates[3]?.setting as Parameters<typeof composite.quick>[0],
  );

  it.each(['tune', 'test'] as const)('gives the same twice and leaves nothing: %s', (phase) => {
    const before = tf.memory().numTensors;
    const first: Measurements = composite[phase](setting, 1);
    expect(Object.values(first).every(Number.isFinite)).toBe(true);
    expect(composite[phase](setting, 1)).toEqual(first);
    expect(tf.memory().numTensors).toBe(before);
  });
});

interface Made {
  accuracy?: number;
  crossEntropy?: number;
  validation?: number;
}

/** Plain has 70 % and a cross-entropy of 1, and so has what is not made up; the seeds differ a little, and alike. */
function made(byArm: Record<string, Made>): ArmResults[] {
  return all.map(({ condition, name, candidates }) => {
    const { accuracy = 0.7, crossEntropy = 1, validation = 1 } = byArm[name] ?? {};
    const seeds = (x: number) => Array.from({ length: 20 }, (_, k) => x + 0.0001 * k);
    const chosen = candidates.at(-1)?.label as string;
    return {
      condition,
      arm: name,
      tuning: name === 'plain' ? [] : [{ label: chosen, measured: { criterion: [validation] } }],
      chosen,
      edge: false,
      test: {
        accuracy: seeds(accuracy),
        crossEntropy: seeds(crossEntropy),
        scaledCrossEntropy: seeds(crossEntropy),
        trainingCrossEntropy: seeds(0.5),
      },
    };
  });
}

describe('the report', () => {
  it('claims what is reached', () => {
    const { claims, losses, figures, markdown } = composite.report(
      made({
        CVP: { crossEntropy: 0.8, validation: 0.8 },
        'SASP + CVP': { accuracy: 0.76, crossEntropy: 0.7 },
        'SASP network + CVP': { crossEntropy: 0.7 },
        all: { crossEntropy: 0.7 },
      }),
    );
    expect(claims.map(({ holds }) => holds)).toEqual([true, true, true, true, true, true]);
    expect(claims[0]?.found).toContain('70.1 → 76.1: 6.0'); // with half of the seeds' .19 points
    expect(losses).toEqual([]);
    expect(figures).toHaveLength(2);
    expect(markdown).not.toMatch(/NaN|undefined/);
  });

  it('does not where the lift is 5 points, or the best part alone does as well', () => {
    const { claims } = composite.report(
      made({
        SASP: { crossEntropy: 0.6, validation: 0.9 }, // better in the test, which does not choose the best part
        CVP: { crossEntropy: 0.7, validation: 0.8 },
        'SASP + CVP': { accuracy: 0.75, crossEntropy: 0.7 },
      }),
    );
    expect(claims.map(({ holds }) => holds)).toEqual([false, false, false, false, false, false]);
    expect(claims[3]?.found).toContain('CVP: 0.000');
  });

  it('lists where a penalty loses to plain, and a combination to its best part', () => {
    const { losses } = composite.report(
      made({ CVP: { validation: 0.8 }, all: { crossEntropy: 1.1 } }),
    );
    expect(losses).toContain(
      'mixture, 20 % label noise: all has more test cross-entropy than plain, by **0.100 [0.100, 0.100]**.',
    );
    expect(losses).toContain(
      'mixture, 20 % label noise: all is worse than CVP alone in test cross-entropy, by **0.100 [0.100, 0.100]**.',
    );
  });
});
