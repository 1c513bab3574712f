import * as Plot from '@observablehq/plot';
import { ACCURACY, CROSS_ENTROPY } from '../../classification/measures.js';
import { COLORS, panels, plot } from '../../figures/plot.js';
import { compare } from '../../report/comparison.js';
import type { Difference } from '../../statistics/paired.js';
import type { Figure, StudyResults } from '../../study.js';
import { COMBINATIONS, CONDITIONS } from './arms.js';
import type { Measure } from './measures.js';

const WIDTH = 420;
const HEIGHT = 300;

/** The difference of every arm to plain, with its interval: a panel for each data set. */
export const forests = (results: StudyResults): Figure[] => [
  {
    name: 'composite-accuracy',
    alt: 'Test accuracy of each penalty and of combinations less that of the plain network, with intervals, on three data sets',
    svg: forest(results, ACCURACY, 'Test accuracy, points above plain'),
  },
  {
    name: 'composite-cross-entropy',
    alt: 'Test cross-entropy of each penalty and of combinations less that of the plain network, with intervals, on three data sets',
    svg: forest(results, CROSS_ENTROPY, 'Test cross-entropy less that of plain'),
  },
];

function forest(results: StudyResults, measure: Measure, title: string): string {
  const charts = Object.values(CONDITIONS).map((condition) => {
    const spots = compare(results, { condition, reference: 'plain', ...measure }).flatMap(
      ({ arm, difference }) => (difference ? [{ arm, ...difference }] : []),
    );
    return chart(condition, spots);
  });
  return panels(title, charts, { width: WIDTH, height: HEIGHT });
}

function chart(condition: string, spots: readonly ({ arm: string } & Difference)[]): string {
  const color = ({ arm }: { arm: string }) =>
    COMBINATIONS.some(({ name }) => name === arm) ? COLORS[1] : COLORS[0];
  return plot({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 140,
    marginTop: 34,
    x: { grid: true, label: null, nice: true },
    y: { label: null, domain: spots.map(({ arm }) => arm) },
    marks: [
      Plot.text([condition], { frameAnchor: 'top', dy: -24, fontWeight: 600, text: (d) => d }),
      Plot.ruleX([0], { stroke: '#999' }),
      Plot.ruleY(spots, { y: 'arm', x1: 'low', x2: 'high', stroke: color, strokeWidth: 2 }),
      Plot.dot(spots, { y: 'arm', x: 'mean', fill: color, r: 4 }),
    ],
  });
}
