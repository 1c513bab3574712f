import { ACCURACY, CROSS_ENTROPY } from '../../classification/measures.js';
import { forest as chart, type Spot } from '../../figures/forest.js';
import { COLORS, panels } from '../../figures/plot.js';
import { compare } from '../../report/comparison.js';
import type { Figure, StudyResults } from '../../study.js';
import { COMBINATIONS, CONDITIONS } from './arms.js';
import type { Measure } from './measures.js';

/** The difference of every arm to plain, with its interval: a panel for each data set. */
export const forests = (results: StudyResults): Figure[] => [
  {
    name: 'composite-accuracy',
    alt: 'Test accuracy of each penalty and of combinations minus that of the plain network, with intervals, on three data sets',
    svg: forest(results, ACCURACY, 'Test accuracy, points above plain'),
  },
  {
    name: 'composite-cross-entropy',
    alt: 'Test cross-entropy of each penalty and of combinations minus that of the plain network, with intervals, on three data sets',
    svg: forest(results, CROSS_ENTROPY, 'Test cross-entropy minus that of plain'),
  },
];

function forest(results: StudyResults, measure: Measure, title: string): string {
  const charts = Object.values(CONDITIONS).map((condition) => {
    const spots = compare(results, { condition, reference: 'plain', ...measure }).flatMap(
      ({ arm, difference }) => (difference ? [{ arm, ...difference }] : []),
    );
    return chart(condition, spots, color);
  });
  return panels(title, charts, { height: 300 });
}

const color = ({ arm }: Spot) =>
  COMBINATIONS.some(({ name }) => name === arm) ? COLORS[1] : COLORS[0];
