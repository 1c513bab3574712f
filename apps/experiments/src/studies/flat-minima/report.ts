import { ACCURACY, CROSS_ENTROPY } from '../../classification/measures.js';
import {
  compare,
  comparisonTable,
  differenceWithInterval,
  excludesNone,
  lossesOf,
  meanWithInterval,
  pValue,
  type Row,
} from '../../report/comparison.js';
import { table } from '../../report/table.js';
import type { Claim, Section, StudyResults } from '../../study.js';
import { conditionOf, MODELS, NOISE, TUNED } from './arms.js';
import { type Compared, forests } from './figures.js';
import { withEarlyStopping } from './stopped.js';

export function report(measured: StudyResults): Section {
  const results = withEarlyStopping(measured);
  const all = NOISE.map((noise) =>
    MODELS.map((model) => conditionOf(model, noise)).flatMap((condition) =>
      results.some((entry) => entry.condition === condition) ? againstSam(results, condition) : [],
    ),
  );
  const [noisy] = all as [Compared[], Compared[]];
  const run = all.filter((compared) => compared.length > 0);
  return {
    markdown: [
      INTRODUCTION,
      ...run.map(tables),
      '### What was chosen',
      ...run.flat().map(({ condition }) => chosen(results, condition)),
    ].join('\n\n'),
    figures: noisy.length > 0 ? [forests(noisy)] : [],
    claims: noisy.flatMap(claims),
    losses: run.flat().flatMap((compared) => losses(results, compared)),
  };
}

/** Every arm compared with tuned SAM. */
function againstSam(results: StudyResults, condition: string): Compared {
  const reference = { condition, reference: 'SAM' };
  return {
    condition,
    crossEntropy: compare(results, { ...CROSS_ENTROPY, ...reference }),
    accuracy: compare(results, { ...ACCURACY, ...reference }),
  };
}

function tables(compared: readonly Compared[]): string {
  const { decimals } = CROSS_ENTROPY;
  const rows = ({ crossEntropy }: Compared) => crossEntropy;
  return [
    `### ${compared[0]?.condition.replace(/^.*, /, '')}`,
    'Test cross-entropy:',
    armsByModel(compared, rows, ({ values }) => meanWithInterval(values, decimals)),
    'Minus that of tuned SAM:',
    armsByModel(compared, rows, ({ difference }) =>
      difference ? differenceWithInterval(difference, decimals) : '',
    ),
    'Test accuracy, %:',
    armsByModel(
      compared,
      ({ accuracy }) => accuracy,
      ({ values }) => meanWithInterval(values, ACCURACY.decimals),
    ),
  ].join('\n\n');
}

/** A row for each arm, a column for each condition. */
function armsByModel(
  compared: readonly Compared[],
  rowsOf: (one: Compared) => Row[],
  cell: (row: Row) => string,
): string {
  const columns = compared.map((one) => new Map(rowsOf(one).map((row) => [row.arm, cell(row)])));
  const arms = [...new Set(columns.flatMap((column) => [...column.keys()]))];
  return table(
    ['', ...compared.map(({ condition }) => condition)],
    arms.map((arm) => [arm, ...columns.map((column) => column.get(arm) ?? '')]),
  );
}

function chosen(results: StudyResults, condition: string): string {
  const comparison = { ...CROSS_ENTROPY, condition, reference: 'plain' };
  const content = comparisonTable(compare(results, comparison), comparison);
  return `<details><summary>${condition}</summary>\n\n${content}\n\n</details>`;
}

/** As the protocol states the aim. */
function claims({ condition, crossEntropy }: Compared): Claim[] {
  const row = crossEntropy.find(({ arm }) => arm === TUNED);
  if (row?.difference === undefined) {
    return [];
  }
  const { difference, chosen } = row;
  const p = pValue(difference.p);
  return [
    {
      statement: `${TUNED}, its λ tuned, has less test cross-entropy than tuned SAM, ${condition}`,
      found: `${differenceWithInterval(difference, CROSS_ENTROPY.decimals)}, p ${p.startsWith('<') ? p : `= ${p}`}, ${chosen}`,
      holds: excludesNone(difference) && difference.mean < 0,
    },
  ];
}

function losses(results: StudyResults, { condition, crossEntropy, accuracy }: Compared): string[] {
  const toPlain = { ...CROSS_ENTROPY, condition, reference: 'plain' };
  const toSam = { condition, reference: 'SAM' };
  const isPenalty = (arm: string) => arm.startsWith('SASP');
  return [
    ...lossesOf(compare(results, toPlain), toPlain, isPenalty),
    ...lossesOf(crossEntropy, { ...CROSS_ENTROPY, ...toSam }, isPenalty),
    ...lossesOf(accuracy, { ...ACCURACY, ...toSam }, isPenalty),
  ];
}

const INTRODUCTION = `SASP of the whole network, with its defaults, in an MLP, a CNN with batch normalization, a GRU and a transformer block,
compared with plain training, early stopping, L2, SAM and noise-stability optimization (NSO). The MLP takes the closed form, the
others weight noise. Each knob is tuned on validation data with labels as noisy as those of training under two seeds, then tested
under ten. The arm of the claims, SASP with a tuned λ, was named before the runs. Three of the ten seeds had been looked at before,
when the penalty's form was chosen.

The transformer block has not memorized its labels when training ends, so no method has much to prevent there.`;
