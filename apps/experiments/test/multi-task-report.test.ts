import { describe, expect, it } from 'vitest';
import { ratioOfMeans } from '../src/statistics/ratio.js';
import { arms, EQUAL, NGER_DEFAULT, ORACLE } from '../src/studies/multi-task/arms.js';
import { report } from '../src/studies/multi-task/report.js';
import type { StudyResults } from '../src/study.js';

const SEEDS = 20;

/** Made up: errors by arm, 1 where none is given; every seed has its own, a few per cent off. */
function results(errors: Record<string, number>, conditions = ['regression']): StudyResults {
  const chosen = arms().filter(({ condition }) => conditions.includes(condition));
  return chosen.map(({ condition, name, candidates }, arm) => {
    const each = (f: (seed: number) => number) =>
      Array.from({ length: SEEDS }, (_, seed) => f(seed));
    return {
      condition,
      arm: name,
      tuning:
        candidates.length > 1
          ? candidates.map(({ label }) => ({ label, measured: { criterion: [1, 1.1, 1.2] } }))
          : [],
      chosen: candidates[0]?.label as string,
      edge: false,
      test: {
        error: each((seed) => (errors[name] ?? 1) * (1 + 0.02 * Math.sin(seed + arm))),
        ...(condition !== 'regression' && { accuracy: each(() => 0.9) }),
        noisyError: each(() => 9),
        training: each(() => 0.01),
        noisyTraining: each(() => 5),
        share: Array.from({ length: SEEDS }, () => [0.5, 0.9, 0.99]),
      },
    };
  });
}

const good = { [EQUAL]: 2.2, [NGER_DEFAULT]: 1, [ORACLE]: 0.98 };

describe('the claims', () => {
  it('hold where NGER is near the oracle and equal weights are not', () => {
    const { claims } = report(results(good));
    expect(claims.map(({ holds }) => holds)).toEqual([true, true]);
    expect(claims[0]?.found).toContain('2.20 [2.1');
  });

  it('fail where NGER is not as much better as was reported', () => {
    const { claims } = report(results({ ...good, [EQUAL]: 1.7 }));
    expect(claims.map(({ holds }) => holds)).toEqual([false, true]);
  });

  it('fail where NGER is farther from the oracle than 15 %', () => {
    const { claims } = report(results({ ...good, [ORACLE]: 0.8 }));
    expect(claims.map(({ holds }) => holds)).toEqual([true, false]);
  });
});

describe('the losses', () => {
  it('name every floor that does worse than a peer', () => {
    const { losses } = report(results({ 'NGER, taylor': 1.3, [EQUAL]: 1.2 }));
    const regression = losses.filter((loss) =>
      loss.startsWith('regression: NGER, taylor has more'),
    );
    // than equal weights, tuned weights, uncertainty weighting, NTKMTL and ExcessMTL
    expect(regression).toHaveLength(5);
    expect(losses.some((loss) => loss.includes('ema-min'))).toBe(false);
  });

  it('are none where NGER is the best', () => {
    const best = Object.fromEntries(
      ['ema-min', 'window-min', 'taylor', 'known floors'].map((floor) => [`NGER, ${floor}`, 0.5]),
    );
    expect(report(results(best)).losses).toEqual([]);
  });
});

describe('the text', () => {
  it('says of each condition what NGER is better and worse than', () => {
    const { markdown } = report(results({ ...good, NTKMTL: 0.5 }));
    expect(markdown).toMatch(/worse than: NTKMTL\./);
    expect(markdown).toMatch(/better than: equal weights\./);
  });

  it('has the validation error of each method as it comes, and at its best', () => {
    const made = results(good).map((entry) => ({
      ...entry,
      tuning: entry.tuning.map(({ label }) => ({
        label,
        measured: { criterion: label === 'p = 1.5' ? [0.1, 0.2, 0.3] : [0.4, 0.5, 0.6] },
      })),
    }));
    expect(report(made).markdown).toMatch(/NTKMTL +\| +p = 0.5 \| +0\.500 → 0\.200/);
  });

  it('has figures whose names begin with that of the study', () => {
    const { figures } = report(results(good, ['regression', 'digits', 'penguins']));
    expect(figures).toHaveLength(3);
    for (const { name, svg } of figures) {
      expect(name).toMatch(/^multi-task-/);
      expect(svg).toContain('<path');
      expect(svg).not.toContain('NaN');
    }
  });
});

describe('the ratio of means', () => {
  it('is certain where one is a multiple of the other', () => {
    const b = [1, 2, 4, 8];
    const { ratio, low, high } = ratioOfMeans(
      b.map((x) => 3 * x),
      b,
    );
    expect([ratio, low, high]).toEqual([3, 3, 3]);
  });

  it('draws seeds in pairs, with the quantiles of their ratios as the interval', () => {
    // of two seeds: twice the first 1/2, twice the second 4, and in half of all samples (1 + 4)/(2 + 1)
    const { ratio, low, high } = ratioOfMeans([1, 4], [2, 1]);
    expect(ratio).toBeCloseTo(5 / 3, 12);
    expect([low, high]).toEqual([0.5, 4]);
  });
});
