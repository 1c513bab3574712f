import type { Figure, StudyResults } from '../../study.js';
import { lineFigure, planeFigure } from './figures/landscape.js';
import { noiseFigure } from './figures/noise.js';
import { pathFigure, traceFigure } from './figures/trace.js';
import { ACCURACY, CROSS_ENTROPY, conditionsOf } from './measures.js';

export function figures(results: StudyResults): Figure[] {
  const conditions = conditionsOf(results);
  const middle = conditions.filter(({ noise }) => noise === 0.2);
  return [
    noiseFigure(results, conditions, CROSS_ENTROPY, 'cross-entropy'),
    noiseFigure(results, conditions, ACCURACY, 'accuracy'),
    traceFigure(results, middle),
    pathFigure(results, middle),
    ...lineFigure(results, middle),
    ...middle.flatMap((condition) => planeFigure(results, condition)),
  ];
}
