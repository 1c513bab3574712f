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
    `The lowest mean: ${bests(results, conditions, CROSS_ENTROPY)}.`,
    `How often an arm is better / worse than a peer beyond chance, of the ${noisy.length} conditions with label noise:`,
    countTable(results, noisy, CROSS_ENTROPY),
    '### Test cross-entropy minus that of tuned SAM',
    AGAINST_SAM,
    ofEach(noisy, (own) => againstSam(results, own)),
    '### Accuracy and calibration',
    `The highest mean accuracy: ${bests(results, conditions, ACCURACY)}.`,
    `${TEMPERATURE} How often an arm is better / worse after temperature scaling, of the ${noisy.length} conditions with label noise:`,
    countTable(results, noisy, SCALED),
    'How often an arm is better / worse in accuracy:',
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
    .map(([data, own]) => `**${data}**, by label noise\n\n${f(own)}`)
    .join('\n\n');

const folded = (summary: string, content: string) =>
  `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;

const INTRODUCTION = `Small networks train with 0, 10, 20 and 40 % label noise until they have memorized most of the wrong labels. The test labels are clean.
Twelve methods against memorizing are compared with plain training and with each other. Each method has one knob, tuned by validation
cross-entropy. Early stopping is one of them, because it even saves time. Label smoothing, the Brier score and ‖h‖² are there because SASP of
the last layer resembles them, or contains them.`;

const MARKS = `Means ± half of the 95 % interval. **Bold** is better than plain beyond chance, *italic* is worse. The end of the section has the
differences and the chosen values.`;

const AGAINST_SAM = `Differences from SAM, whose ρ was tuned in the same way. Negative is better than SAM. The claims are about the full batch, which
we named before the runs.`;

const TEMPERATURE = `Temperature scaling divides the logits by a number that is fitted on the validation set. It corrects overconfidence without changing a
prediction. A difference in cross-entropy that remains after it is more than a matter of scale.`;

const CURVATURE = `The trace is the exact trace of the Gauss–Newton matrix over all weights, on 100 training examples. The largest eigenvalue is of the
same matrix on 50 of them. A plain network that is certain of all its training labels, wrong ones included, is flat too, because p(1 − p)
vanishes. Therefore the trace is also given at equal training loss. For each seed, this is where an arm's training loss first passes the
level that all arms reach, interpolated between measurements at eight epochs.`;

const LANDSCAPE = `The figures of the loss around the minimum show one seed. Their directions are scaled like the weights of each neuron. Otherwise
networks with small weights would look flat for that reason alone. The figures illustrate; no claim rests on them.`;
