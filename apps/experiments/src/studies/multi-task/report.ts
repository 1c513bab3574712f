import {
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
import { withoutChoosing } from './defaults.js';
import { errorsFigure, exponentsFigure, weightsFigure } from './figures.js';
import { FIGURES, INTRODUCTION } from './text.js';

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
