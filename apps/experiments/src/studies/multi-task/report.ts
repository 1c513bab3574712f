import {
  armOf,
  type Comparison,
  compare,
  comparisonTable,
  excludesNone,
  lossesOf,
  type Row,
} from '../../report/comparison.js';
import { table } from '../../report/table.js';
import { mean } from '../../statistics/mean.js';
import type { Section, StudyResults } from '../../study.js';
import { EQUAL, NGER_DEFAULT, ORACLE } from './arms.js';
import { claimsOf, ratioOf, ratioText } from './claims.js';
import { wordsOf } from './conditions.js';
import { errorsFigure, exponentsFigure, weightsFigure } from './figures.js';

/** What NGER replaces. The oracle knows which task is noise, so it is not a peer. */
const PEERS = [EQUAL, 'fixed weights, tuned', 'uncertainty weighting', 'NTKMTL', 'ExcessMTL'];

const isNger = (arm: string) => arm.startsWith('NGER');

export function report(results: StudyResults): Section {
  const conditions = [...new Set(results.map(({ condition }) => condition))];
  return {
    markdown: [
      INTRODUCTION,
      '### Compared with the oracle',
      besideOracle(results, conditions),
      '### Conclusions',
      conclusions(results, conditions),
      '### Without choosing',
      withoutChoosing(results, conditions),
      ...conditions.flatMap((condition) => section(results, condition)),
      '### Figures',
      FIGURES,
    ].join('\n\n'),
    figures: [
      errorsFigure(results, conditions),
      weightsFigure(results, conditions),
      exponentsFigure(results, conditions),
    ],
    claims: claimsOf(results),
    losses: conditions.flatMap((condition) => losses(results, condition)),
  };
}

const INTRODUCTION = `One network learns two tasks by Adam. It has two shared layers of 32 tanh units, and a linear head for each task. The second task is noise, so
all that the shared layers learn for it is useless. The methods weight the losses. Only the oracle is told which task is clean. The tuned weights know it
indirectly: like every knob, they are chosen by the validation error *of the clean task*. Known floors are the variance or the entropy of the noise, which
users rarely have either.

- **regression**: 200 examples of a smooth random function of 8 inputs, another one for every seed, with a variance of about 0.6 and noise of deviation
  0.1. The noisy task has targets of deviation 3 that are noise alone. The error is the mean square distance to the function itself.
- **digits**: the class of 200 images of 8×8 pixels. The noisy task has random labels of ten classes.
- **penguins**: the species of 100 penguins, by beak, flipper and mass. The noisy task is the mass of another penguin, in standard deviations.

*v* is the weight of the noisy task. *rate* is the learning rate of the log variances in uncertainty weighting. *p* is the exponent of NTKMTL, ½ in the
paper. *η* is the step of ExcessMTL. *γ* is the exponent of κ in NGER, 1 by default. v = .5, p = 0 and η = 0 are equal weights; where they are chosen,
the method has found nothing better. NTKMTL (with one gradient per task, as in its authors' experiments) and ExcessMTL use the gradients of the shared weights,
as published. NGER uses those of the shared representation. ${'`ema-min`'} is the default floor of NGER. We named it before the runs as the floor that the claims are about.`;

const FIGURES = `The weights are drawn as the share of the noisy task, on a logarithmic scale; shares below 10⁻⁵ are drawn as 10⁻⁵. Adam divides by the size of the
gradient. So each head learns at its own rate however small its weight is, and the weights matter for the shared layers only. In the last figure the lines of several
floors coincide: there the exponent does the work, and the floor doesn't matter. NTKMTL is NGER without the excess, by the gradients of the shared weights. A known floor is
compared with the loss of a batch, which by chance is above the floor half of the time. The averages of ${'`ema-min`'} suffer less from that.`;

/** Every arm's error in units of the oracle's. */
function besideOracle(results: StudyResults, conditions: readonly string[]): string {
  const arms = [...new Set(results.map(({ arm }) => arm))].filter((arm) => arm !== ORACLE);
  const rows = arms.map((arm) => [
    arm,
    ...conditions.map((condition) => ratioText(ratioOf(results, condition, arm, ORACLE))),
  ]);
  return `The test error of the clean task, divided by that of the oracle, which trains on the clean task alone. Ratios of the means
over the seeds, with 95 % bootstrap intervals.

${table(['', ...conditions], rows)}`;
}

/** Sentences that are computed from the numbers. */
function conclusions(results: StudyResults, conditions: readonly string[]): string {
  return conditions
    .map((condition) => {
      const harm = ratioOf(results, condition, EQUAL, ORACLE);
      const rows = beside(results, condition, NGER_DEFAULT).filter(({ arm }) =>
        PEERS.includes(arm),
      );
      // a difference is that of the peer less that of NGER
      const clear = rows.filter(({ difference }) => difference && excludesNone(difference));
      const worse = clear.filter(({ difference }) => (difference?.mean ?? 0) > 0);
      const better = clear.filter(({ difference }) => (difference?.mean ?? 0) < 0);
      const level = rows.filter((row) => row.difference && !clear.includes(row));
      const floors = results
        .filter((entry) => entry.condition === condition && isNger(entry.arm))
        .map(({ arm, test }) => ({ arm, error: mean(test.error as number[]) }))
        .sort((a, b) => a.error - b.error)
        .map(({ arm, error }) => `${arm.slice('NGER, '.length)} ${error.toFixed(3)}`);
      const rest = ratioOf(results, condition, NGER_DEFAULT, ORACLE);
      return `- **${condition}**: equal weights have ${ratioText(harm)} times the error of the oracle, NGER with its default floor
  ${ratioText(rest)} times. NGER is better than: ${listOf(worse)}. It is worse than: ${listOf(better)}. No clear difference from:
  ${listOf(level)}. The floors, lowest error first: ${floors.join(', ')}.`;
    })
    .join('\n');
}

const listOf = (rows: readonly Row[]): string =>
  rows.length === 0 ? 'none' : rows.map(({ arm }) => arm).join('; '); // there is a comma in a name

/**
 * What a method does that is taken as it comes: NTKMTL as in the paper, ExcessMTL with the step that LibMTL has, the
 * variances at the rate of the network, NGER with its default.
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
function withoutChoosing(results: StudyResults, conditions: readonly string[]): string {
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

const comparison = (condition: string, reference: string): Comparison => ({
  condition,
  measure: 'error',
  label: `clean test ${wordsOf(condition).error}`,
  better: 'less',
  reference,
  decimals: 4,
});

/** All arms but NGER's other floors, compared with NGER. */
const beside = (results: StudyResults, condition: string, nger: string): Row[] =>
  compare(
    results.filter(({ arm }) => !isNger(arm) || arm === nger),
    comparison(condition, nger),
  );

function section(results: StudyResults, condition: string): string[] {
  const toEqual = comparison(condition, EQUAL);
  return [
    `### ${condition.charAt(0).toUpperCase()}${condition.slice(1)}`,
    comparisonTable(compare(results, toEqual), toEqual),
    `The same, compared with NGER at its default floor. A positive difference is an error above that of NGER.`,
    comparisonTable(beside(results, condition, NGER_DEFAULT), comparison(condition, NGER_DEFAULT)),
    `What the networks have learned, as means over the seeds. A noisy task is memorized where its training error is below
${wordsOf(condition).noise}.`,
    inside(results, condition),
  ];
}

function inside(results: StudyResults, condition: string): string {
  const arms = results.filter((entry) => entry.condition === condition);
  const classification = arms.every(({ test }) => test.accuracy !== undefined);
  const header = [
    '',
    'weight of the clean task',
    'clean training error',
    'noisy training error',
    'noisy test error',
    ...(classification ? ['clean test accuracy (%)'] : []),
  ];
  const rows = arms.map(({ arm, test }) => {
    const average = (name: string) => mean(test[name] as number[]);
    return [
      arm,
      mean((test.share as number[][]).map(mean)).toFixed(3),
      average('training').toFixed(4),
      average('noisyTraining').toFixed(3),
      average('noisyError').toFixed(3),
      ...(classification ? [(100 * average('accuracy')).toFixed(1)] : []),
    ];
  });
  return table(header, rows);
}

/** NGER, with any floor, compared with each of its peers; Holm's correction is over the floors. */
function losses(results: StudyResults, condition: string): string[] {
  return PEERS.flatMap((peer) => {
    const pair = results.filter(({ arm }) => isNger(arm) || arm === peer);
    const toPeer = comparison(condition, peer);
    return lossesOf(compare(pair, toPeer), toPeer, isNger);
  });
}
