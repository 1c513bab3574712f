import * as Plot from '@observablehq/plot';
import { LINE, PLANE } from '../../../classification/landscape.js';
import { panels, plot } from '../../../figures/plot.js';
import { armOf } from '../../../report/comparison.js';
import type { Figure, StudyResults } from '../../../study.js';
import { takesPart } from '../equal-loss.js';
import type { Condition } from '../measures.js';
import { color, drawnOf, heading, legend, SIZE } from './drawn.js';

const PLANE_SIZE = { width: 240, height: 270 };

/** Those whose landscape was measured, under the first seed. */
const mappedOf = (results: StudyResults, condition: string) =>
  drawnOf(results, condition).filter(
    (entry) => takesPart(entry) && (entry.test.line?.[0] as number[] | undefined)?.length,
  );

export function lineFigure(results: StudyResults, conditions: readonly Condition[]): Figure[] {
  const mapped = conditions.filter(({ name }) => mappedOf(results, name).length > 0);
  if (mapped.length === 0) {
    return [];
  }
  const drawn = mapped.map(({ data, name }) => {
    const points = mappedOf(results, name).flatMap(({ arm, test }) =>
      LINE.map((t, k) => ({ arm, t, loss: (test.line as number[][])[0]?.[k] as number })),
    );
    return plot({
      ...SIZE,
      marginLeft: 45,
      marginBottom: 42,
      color,
      x: { label: 'distance', ticks: 5 },
      y: { type: 'log', label: null, grid: true, tickFormat: '~g', ticks: 5 },
      marks: [heading(data), Plot.line(points, { x: 't', y: 'loss', stroke: 'arm' })],
    });
  });
  const arms = mapped.flatMap(({ name }) => mappedOf(results, name).map(({ arm }) => arm));
  return [
    {
      name: 'sharpness-line',
      alt: 'The training loss along a random line through the minimum, on which at a distance of 1 every neuron has moved by its own length; 20 % label noise, one seed',
      svg: panels(
        'Training loss along a random line through the minimum, 20 % label noise, seed 1',
        [...drawn, legend([...new Set(arms)])],
        SIZE,
      ),
    },
  ];
}

/** The values are those in the middle of cells. */
const BORDER = 1 + 1 / (PLANE.length - 1);
const GRID = {
  width: PLANE.length,
  height: PLANE.length,
  x1: -BORDER,
  x2: BORDER,
  y1: -BORDER,
  y2: BORDER,
};

export function planeFigure(results: StudyResults, { data, name }: Condition): Figure[] {
  const arms = mappedOf(results, name);
  if (arms.length === 0) {
    return [];
  }
  const logs = (arm: string) =>
    ((armOf(results, name, arm).test.plane as number[][])[0] as number[]).map(Math.log10);
  const all = arms.flatMap(({ arm }) => logs(arm));
  const step = 0.2;
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const count = Math.ceil((high - low) / step);
  const thresholds = Array.from({ length: count }, (_, k) => low + k * step);
  const scale = { domain: [low, high], scheme: 'YlGnBu' as const, reverse: true };
  const drawn = arms.map(({ arm }) => {
    return plot({
      ...PLANE_SIZE,
      marginLeft: 36,
      marginRight: 12,
      color: scale,
      x: { label: null, ticks: [-1, 0, 1] },
      y: { label: null, ticks: [-1, 0, 1] },
      marks: [
        heading(arm),
        Plot.contour(logs(arm), {
          ...GRID,
          fill: Plot.identity,
          stroke: 'white',
          strokeWidth: 0.5,
          thresholds,
        } as Plot.ContourOptions),
        Plot.dot([[0, 0]], { symbol: 'plus', stroke: '#d55e00', strokeWidth: 2 }),
      ],
    });
  });
  const cells = thresholds.map((value) => ({ value, top: value + step }));
  const key = plot({
    ...PLANE_SIZE,
    marginLeft: 60,
    marginRight: 140,
    color: scale,
    x: { axis: null },
    y: { label: null, tickFormat: (log: number) => (10 ** log).toPrecision(2) },
    marks: [heading('loss'), Plot.rectY(cells, { y1: 'value', y2: 'top', fill: 'value' })],
  });
  return [
    {
      name: `sharpness-plane-${data.replaceAll(' ', '-')}`,
      alt: `Contours of the training loss on a random plane through the minimum of ${arms.map(({ arm }) => arm).join('; ')}: ${name}, one seed`,
      svg: panels(
        `Training loss on a random plane through the minimum: ${name}, seed 1`,
        [...drawn, key],
        PLANE_SIZE,
      ),
    },
  ];
}
