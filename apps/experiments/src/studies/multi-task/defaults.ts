import { armOf } from '../../report/comparison.js';
import { table } from '../../report/table.js';
import { mean } from '../../statistics/mean.js';
import type { StudyResults } from '../../study.js';
import { EQUAL } from './arms.js';

/**
 * The knob of each method by default: that of the paper for NTKMTL, that of LibMTL for ExcessMTL, the rate of the network for the
 * variances, and the default of the package for NGER.
 */
const DEFAULTS: Record<string, string> = {
  'uncertainty weighting': 'rate = 0.01',
  NTKMTL: 'p = 0.5',
  ExcessMTL: 'η = 0.01',
  'NGER, ema-min': 'γ = 1',
  'NGER, window-min': 'γ = 1',
  'NGER, taylor': 'γ = 1',
  'NGER, known floors': 'γ = 1',
};

/** A quick run does not try all of a grid. */
const errorAt = (tried: readonly { label: string; error: number }[], wanted: string): string =>
  tried.find(({ label }) => label === wanted)?.error.toFixed(3) ?? '–';

/** The validation error at the default and at the best value of each knob. */
export function withoutChoosing(results: StudyResults, conditions: readonly string[]): string {
  const errors = (arm: string, condition: string) =>
    armOf(results, condition, arm).tuning.map(({ label, measured }) => ({
      label,
      error: mean(measured.criterion as number[]),
    }));
  const rows = Object.entries(DEFAULTS).map(([arm, usual]) => [
    arm,
    usual,
    ...conditions.map((condition) => {
      const tried = errors(arm, condition);
      const best = Math.min(...tried.map(({ error }) => error));
      return `${errorAt(tried, usual)} → ${best.toFixed(3)}`;
    }),
  ]);
  const equal = conditions.map((condition) =>
    errorAt(errors('fixed weights, tuned', condition), 'v = 0.5'),
  );
  return `Every knob above was chosen among seven or more values on clean validation data, which users may not have. The table has the
validation error of the clean task, as the mean of the three tuning seeds: by default → at the best value of the knob. It uses no test
data. Three seeds are few.

${table(['', 'default', ...conditions], [[EQUAL, '', ...equal], ...rows])}`;
}
