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
      'Points of test accuracy that an arm loses when its λ is not its chosen one but that of L2’s collapse, the same number for all; negative: it gains. Beside that λ stands the one that the same rule finds in the curves of all three tuning seeds.',
      collapseTable(collapses),
      '### How wide the good range is',
      `Decades of λ, without a break, over which the validation accuracy (three seeds, the curves of the figure) is within ${POINTS} points of the arm’s best, and from where to where. The grids have four decades: a range that ends at an edge may be wider.`,
      rangeTable(results),
      '### At the chosen λ',
      ...CONDITIONS.flatMap(({ name }) => [`**${name}**`, conditionTable(results, name)]),
      '### Against each other',
      ADAM,
      normSentence(results),
      'Differences of test accuracy in points, Holm’s correction over the table; an empty cell has an arm that is not run there:',
      pairTable(results, ACCURACY),
      'The same of test cross-entropy:',
      pairTable(results, CROSS_ENTROPY),
    ].join('\n\n'),
    figures: figures(results),
    claims: collapses.map(claimOf),
    losses: lossesOf(results),
  };
}

const INTRODUCTION = `Gated decay beside the decays that it is to replace, with 20 % of the training labels wrong. λ runs over four decades in half ones and 0:
ten values for every arm, in the place of the protocol’s seven. The validation *error* chooses, as the claim is one about accuracy. L2 and CVP are added to
the loss or its gradients. AdamW, Cautious Weight Decay (CWD) and CVP decoupled take a step of their own after the optimizer’s, η λ being the fraction of a
weight that it takes away, so their λ is in another unit. Only kernels decay.

CVP *cautious* is the default: decay where the step makes a weight smaller anyway, through a soft gate in units of its root mean square. *Hard* has β = ∞.
*Expansion* has the opposite sign, that of the reference package; *raw* has the cautious sign without the unit, as the reference package has none, so its gate is open
by a half nearly everywhere. Under SGD a decoupled step is the step of the same decay in the loss: there AdamW is L2, CWD is CVP hard and CVP decoupled is CVP
cautious, and they are not run twice.

The λ of L2’s collapse is the least of the grid above L2’s best at which it loses ${COLLAPSE} points of validation accuracy or more under seed 101. It was looked up
before the runs, so that no test data decided it.`;

const ADAM = `Under Adam what the loss adds passes through the preconditioner. So CVP hard is *not* CWD there, though both have the same gate, just as L2 is
not AdamW; decoupled, with the hard gate, CVP has the iterates of CWD (a test holds it to that), and CVP decoupled differs from CWD in its soft gate alone.`;

/** Where the two decays with the same gate end, inside and outside the preconditioner. */
function normSentence(results: StudyResults): string {
  const norms = CONDITIONS.filter(({ optimizer }) => optimizer === 'Adam').map(({ name, data }) => {
    const [inside, outside] = ['CVP hard', 'CWD'].map((arm) => {
      const entry = results.find((x) => x.condition === name && x.arm === arm);
      return mean(entry?.test.norm as number[]).toFixed(1);
    });
    return `${inside} and ${outside} on ${data}`;
  });
  return `At their chosen λ the kernels of CVP hard and of CWD end under Adam with norms of ${norms.join(', ')}.`;
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

/** Accuracy and cross-entropy beside plain, and the norm. */
function conditionTable(results: StudyResults, condition: string): string {
  const arms = chosenArms(results, condition);
  const rows = [ACCURACY, CROSS_ENTROPY].map((measure) => ({
    measure,
    rows: compare(arms, { condition, reference: 'plain', ...measure }),
  }));
  return table(
    ['', 'chosen', ...rows.flatMap(({ measure }) => [measure.label, 'less plain', 'p']), '‖W‖'],
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
