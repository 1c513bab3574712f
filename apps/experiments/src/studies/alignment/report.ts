import { compare, differenceWithInterval, meanWithInterval } from '../../report/comparison.js';
import { table } from '../../report/table.js';
import type { Section, StudyResults } from '../../study.js';
import { ADAM } from './arms.js';
import { claimsOf } from './claims.js';
import { CONDITIONS, type Condition } from './conditions.js';
import { withCourse } from './course.js';
import { stepsFigure, switchFigure } from './figures/courses.js';
import { tradeFigure } from './figures/trade.js';
import { lossesOf } from './losses.js';
import { comparisonsOf } from './measures.js';
import { INTRODUCTION, READING, SETTING } from './text.js';
import { verdict } from './verdict.js';

export function report(results: StudyResults): Section {
  const conditions = Object.keys(CONDITIONS) as Condition[];
  const switches = conditions.filter((condition) => CONDITIONS[condition].steps.length > 1);
  const all = conditions.flatMap((condition) => withCourse(results, condition));
  const sections = conditions.flatMap((condition) => [
    `### ${condition[0]?.toUpperCase()}${condition.slice(1)}`,
    SETTING[condition],
    values(all, condition),
    `Minus that of ${ADAM}, under the same seeds:`,
    differences(all, condition),
  ]);
  return {
    markdown: [INTRODUCTION, ...sections, '### Conclusions', verdict(all), READING].join('\n\n'),
    figures: [
      ...conditions.map((condition) =>
        (switches.includes(condition) ? switchFigure : stepsFigure)(all, condition),
      ),
      tradeFigure(all, switches),
    ],
    claims: claimsOf(all),
    losses: conditions.flatMap((condition) => lossesOf(all, condition)),
  };
}

function values(results: StudyResults, condition: Condition): string {
  const comparisons = comparisonsOf(condition);
  const columns = comparisons.map((comparison) => compare(results, comparison));
  const rows = columns[0] ?? [];
  return table(
    ['', 'chosen', ...comparisons.map(({ label }) => `test ${label}`)],
    rows.map(({ arm, chosen, edge }, k) => [
      arm,
      edge ? `${chosen} (at the edge)` : chosen,
      ...columns.map((column, c) =>
        meanWithInterval(column[k]?.values ?? [], comparisons[c]?.decimals ?? 0),
      ),
    ]),
  );
}

function differences(results: StudyResults, condition: Condition): string {
  const comparisons = comparisonsOf(condition);
  const columns = comparisons.map((comparison) =>
    compare(results, comparison).filter(({ difference }) => difference !== undefined),
  );
  return table(
    ['', ...comparisons.map(({ label }) => `test ${label}`)],
    (columns[0] ?? []).map(({ arm }, k) => [
      arm,
      ...columns.map((column, c) => {
        const difference = column[k]?.difference;
        return difference ? differenceWithInterval(difference, comparisons[c]?.decimals ?? 0) : '';
      }),
    ]),
  );
}
