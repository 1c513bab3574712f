import type { Section, StudyResults } from '../../study.js';
import { claims } from './claims.js';
import { withEqualTrace } from './equal-loss.js';
import { figures } from './figures.js';
import { losses } from './losses.js';
import {
  ACCURACY,
  byData,
  CALIBRATION,
  type Condition,
  CROSS_ENTROPY,
  conditionsOf,
  EIGENVALUE,
  EQUAL_TRACE,
  HEAD_TRACE,
  SCALED,
  TRACE,
} from './measures.js';
import { againstSam, bestOf, countTable, fullTable, summaryTable } from './tables.js';

export function report(measured: StudyResults): Section {
  const results = withEqualTrace(measured);
  return {
    markdown: markdown(results),
    figures: figures(results),
    claims: claims(results),
    losses: losses(results),
  };
}

function markdown(results: StudyResults): string {
  const conditions = conditionsOf(results);
  const noisy = conditions.filter(({ noise }) => noise > 0);
  const summaries = (measure: typeof CROSS_ENTROPY) =>
    ofEach(conditions, (own) => summaryTable(results, own, measure));
  return [
    INTRODUCTION,
    '### Test cross-entropy',
    MARKS,
    summaries(CROSS_ENTROPY),
    `The least mean: ${bests(results, conditions, CROSS_ENTROPY)}.`,
    `How often an arm is better / worse than a peer beyond chance, of the ${noisy.length} conditions with wrong labels:`,
    countTable(results, noisy, CROSS_ENTROPY),
    '### The same, less that of tuned SAM',
    AGAINST_SAM,
    ofEach(noisy, (own) => againstSam(results, own)),
    '### Accuracy and calibration',
    `The highest mean accuracy: ${bests(results, conditions, ACCURACY)}.`,
    `${TEMPERATURE} Better / worse after it, of the ${noisy.length} conditions with wrong labels:`,
    countTable(results, noisy, SCALED),
    'And in accuracy:',
    countTable(results, noisy, ACCURACY),
    folded(ACCURACY.label, summaries(ACCURACY)),
    folded(SCALED.label, summaries(SCALED)),
    folded(CALIBRATION.label, summaries(CALIBRATION)),
    '### Curvature',
    CURVATURE,
    folded(TRACE.label, summaries(TRACE)),
    folded(EQUAL_TRACE.label, summaries(EQUAL_TRACE)),
    folded(EIGENVALUE.label, summaries(EIGENVALUE)),
    folded(HEAD_TRACE.label, summaries(HEAD_TRACE)),
    LANDSCAPE,
    '### What was chosen',
    ...conditions.map((condition) => folded(condition.name, fullTable(results, condition))),
  ].join('\n\n');
}

const bests = (
  results: StudyResults,
  conditions: readonly Condition[],
  measure: typeof CROSS_ENTROPY,
) =>
  byData(conditions)
    .map(([data, own]) => `${data}: ${bestOf(results, own, measure)}`)
    .join('; ');

const ofEach = (conditions: readonly Condition[], f: (own: Condition[]) => string) =>
  byData(conditions)
    .map(([data, own]) => `**${data}**, by the fraction of wrong labels\n\n${f(own)}`)
    .join('\n\n');

const folded = (summary: string, content: string) =>
  `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;

const INTRODUCTION = `Small networks are trained with 0, 10, 20 and 40 % wrong labels until they know most of them by heart, and tested on
right ones. Twelve ways to keep them from it are compared with doing nothing and with each other, each with its one knob tuned by
validation cross-entropy. Early stopping is among them because it costs less than nothing; label smoothing, the Brier score and ‖h‖² are what SASP of
the last layer could be mistaken for, or is made of.`;

const MARKS = `Means ± half of the 95 % interval; **bold** where better than plain beyond chance, *italic* where worse. The differences
themselves, and what was chosen, are at the end of the section.`;

const AGAINST_SAM = `Differences to SAM with ρ tuned in the same way; negative is better than SAM. The variant of SASP network that the claims are about, the
full batch, was named before the runs.`;

const TEMPERATURE = `Temperature scaling divides the logits by a number fitted on the validation set, which mends overconfidence without
changing a prediction: what is left of a difference in cross-entropy after it was no mere matter of scale.`;

const CURVATURE = `The trace is that of the Gauss–Newton matrix over all weights, exact, on 100 training examples; the largest eigenvalue is of the same matrix
on 50 of them. A plain network that is certain of all its training labels, right and wrong, is flat too, as p(1 − p) vanishes. Therefore the
trace is also given at equal training loss: for each seed, where an arm's training loss first passes the level that all arms reach, between
measurements at eight epochs.`;

const LANDSCAPE = `The figures of the loss around the minimum show one seed, and directions that are scaled like the weights of each neuron, so that networks with small
weights do not look flat for that alone. They illustrate; nothing is claimed from them.`;
