import * as Plot from '@observablehq/plot';
import { panels } from '../../../figures/plot.js';
import { bootstrap } from '../../../statistics/bootstrap.js';
import { mean } from '../../../statistics/mean.js';
import type { Figure, StudyResults } from '../../../study.js';
import { byData, type Condition, type CROSS_ENTROPY } from '../measures.js';
import { chartOf, DRAWN, drawnOf, legend, SIZE } from './drawn.js';

export function noiseFigure(
  results: StudyResults,
  conditions: readonly Condition[],
  { measure, label, scale = 1 }: typeof CROSS_ENTROPY,
  name: string,
): Figure {
  const drawn = byData(conditions).map(([data, own]) => {
    const points = own.flatMap(({ name: condition, noise }) =>
      drawnOf(results, condition).map(({ arm, test }) => {
        const values = (test[measure] as number[]).map((x) => scale * x);
        // Side by side, so that intervals do not cover each other
        const x = 100 * noise + 0.5 * (DRAWN.indexOf(arm) - (DRAWN.length - 1) / 2);
        return { arm, x, y: mean(values), ...bootstrap(values) };
      }),
    );
    const axes = {
      x: { label: 'label noise (%)', ticks: [0, 10, 20, 40] },
      y: { label: null, grid: true, nice: true },
    };
    return chartOf(data, axes, [
      Plot.lineY(points, { x: 'x', y: 'y', stroke: 'arm', strokeOpacity: 0.6 }),
      Plot.ruleX(points, { x: 'x', y1: 'low', y2: 'high', stroke: 'arm', strokeWidth: 2 }),
      Plot.dot(points, { x: 'x', y: 'y', fill: 'arm', r: 2.5 }),
    ]);
  });
  return {
    name: `sharpness-${name}`,
    alt: `The ${label} of eight arms over label noise, for each data set, with 95 % intervals`,
    svg: panels(capital(label), [...drawn, legend(DRAWN)], SIZE),
  };
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
