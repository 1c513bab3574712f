import { ACCURACY, CROSS_ENTROPY } from '../../classification/measures.js';
import {
  compare,
  differenceWithInterval,
  meanWithInterval,
  pValue,
  type Row,
} from '../../report/comparison.js';
import { table } from '../../report/table.js';
import { mean } from '../../statistics/mean.js';
import type { Section, StudyResults } from '../../study.js';
import { CONDITIONS } from './arms.js';
import { COLLAPSE, claimOf, collapsesOf, collapseTable, POINTS } from './collapse.js';
import { curveOf, rangeWithin } from './curves.js';
import { figures } from './figures.js';
import { chosenArms, lossesOf, pairTable } from './peers.js';

export function report(results: StudyResults): Section {
  const collapses = collapsesOf(results);
  return {
    markdown: [
      INTRODUCTION,
      '### Where L2 collapses',
      'The table has the points of test accuracy that an arm loses at the λ of L2’s collapse, compared with its chosen λ. A negative number is a gain. The third column has the λ that the same rule finds in the curves of all three tuning seeds.',
      collapseTable(collapses),
      '### How wide the good range is',
      `The table has the decades of λ, without a gap, over which the validation accuracy is within ${POINTS} points of the arm’s best, and the ends of that range. Three seeds, the curves of the figure. The grids have four decades, so a range that ends at an edge may be wider.`,
      rangeTable(results),
      '### At the chosen λ',
      ...CONDITIONS.flatMap(({ name }) => [`**${name}**`, conditionTable(results, name)]),
      '### Against each other',
      ADAM,
      normSentence(results),
      'Differences of test accuracy in points, with Holm’s correction over the table. In an empty cell, an arm was not run.',
      pairTable(results, ACCURACY),
      'The same for test cross-entropy:',
      pairTable(results, CROSS_ENTROPY),
    ].join('\n\n'),
    figures: figures(results),
    claims: collapses.map(claimOf),
    losses: lossesOf(results),
  };
}

const INTRODUCTION = `CVP is compared with the decays that it replaces, at 20 % label noise. Every arm has ten values of λ instead of the protocol’s seven: 0, and
four decades in half decades. The validation *error* chooses, because the claim is about accuracy. L2 and CVP are added to the loss or its gradients.
AdamW, Cautious Weight Decay (CWD) and CVP decoupled take their own step after the optimizer’s step. η λ is the fraction of a weight that
this step removes, so their λ has another unit. Only kernels decay.

CVP *cautious* is the default. It decays a weight where the step shrinks the weight anyway, through a soft gate in units of its root mean
square. *Hard* has β = ∞. *Expansion* has the opposite sign, as in the Python package. *Raw* has the cautious sign without the unit, as in
the Python package, so its gate is half open nearly everywhere. Under SGD a decoupled step equals the same decay in the loss. There AdamW is L2,
CWD is CVP hard, and CVP decoupled is CVP cautious, so they are not run twice.

The λ of L2’s collapse is the smallest value of the grid above L2’s best at which L2 loses ${COLLAPSE} points of validation accuracy or more under
seed 101. We looked it up before the runs, so no test data had a part in it.`;

const ADAM = `Under Adam, whatever the loss adds passes through the preconditioner. So CVP hard is *not* CWD there, although both have the same gate, just as
L2 is not AdamW. Decoupled and with the hard gate, CVP makes the steps of CWD, which a test asserts. CVP decoupled differs from CWD only in its
soft gate.`;

/** Where the two decays with the same gate end, inside and outside the preconditioner. */
function normSentence(results: StudyResults): string {
  const norms = CONDITIONS.filter(({ optimizer }) => optimizer === 'Adam').map(({ name, data }) => {
    const [inside, outside] = ['CVP hard', 'CWD'].map((arm) => {
      const entry = results.find((x) => x.condition === name && x.arm === arm);
      return mean(entry?.test.norm as number[]).toFixed(1);
    });
    return `${inside} and ${outside} on ${data}`;
  });
  return `At their chosen λ, the kernels of CVP hard and of CWD end with these norms under Adam: ${norms.join(', ')}.`;
}

function rangeTable(results: StudyResults): string {
  const curves = results.filter(({ tuning }) => tuning.length > 0);
  return table(
    ['', ...CONDITIONS.map(({ name }) => name)],
    [...new Set(curves.map(({ arm }) => arm))].map((arm) => [
      arm,
      ...CONDITIONS.map(({ name }) => {
        const entry = curves.find((x) => x.condition === name && x.arm === arm);
        if (entry === undefined) {
          return '';
        }
        const { from, to } = rangeWithin(curveOf(entry), POINTS);
        return `${Math.log10(to / from).toFixed(1)} (${from} to ${to})`;
      }),
    ]),
  );
}

/** Accuracy and cross-entropy compared with plain, and the norm. */
function conditionTable(results: StudyResults, condition: string): string {
  const arms = chosenArms(results, condition);
  const rows = [ACCURACY, CROSS_ENTROPY].map((measure) => ({
    measure,
    rows: compare(arms, { condition, reference: 'plain', ...measure }),
  }));
  return table(
    ['', 'chosen', ...rows.flatMap(({ measure }) => [measure.label, 'minus plain', 'p']), '‖W‖'],
    arms.map(({ arm, chosen, edge, test }, k) => [
      arm,
      edge ? `${chosen} (at the edge)` : chosen,
      ...rows.flatMap(({ measure, rows }) => cells(rows[k] as Row, measure.decimals)),
      mean(test.norm as number[]).toFixed(1),
    ]),
  );
}

const cells = ({ values, difference }: Row, decimals: number): string[] => [
  meanWithInterval(values, decimals),
  difference ? differenceWithInterval(difference, decimals) : '',
  difference ? pValue(difference.p) : '',
];
