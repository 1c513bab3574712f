import * as Plot from '@observablehq/plot';
import { LINE, PLANE } from '../../../classification/landscape.js';
import { heading, panels } from '../../../figures/plot.js';
import type { Figure, StudyResults } from '../../../study.js';
import { takesPart } from '../equal-loss.js';
import type { Condition } from '../measures.js';
import { chartOf, drawnOf, legend, SIZE } from './drawn.js';

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
    const axes = {
      x: { label: 'distance', ticks: 5 },
      y: { type: 'log', label: null, grid: true, tickFormat: '~g', ticks: 5 },
    } as const;
    return chartOf(data, axes, [Plot.line(points, { x: 't', y: 'loss', stroke: 'arm' })]);
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
  const planes = mappedOf(results, name).map(({ arm, test }) => ({
    arm,
    logs: ((test.plane as number[][])[0] as number[]).map(Math.log10),
  }));
  if (planes.length === 0) {
    return [];
  }
  const levels = levelsOf(planes.flatMap(({ logs }) => logs));
  return [
    {
      name: `sharpness-plane-${data.replaceAll(' ', '-')}`,
      alt: `Contours of the training loss on a random plane through the minimum of ${planes.map(({ arm }) => arm).join('; ')}: ${name}, one seed`,
      svg: panels(
        `Training loss on a random plane through the minimum: ${name}, seed 1`,
        [...planes.map(({ arm, logs }) => contours(arm, logs, levels)), key(levels)],
        { width: 240, height: 270 },
      ),
    },
  ];
}

/** The colors of log₁₀ of the loss, and where one begins. */
interface Levels {
  color: Plot.ScaleOptions;
  thresholds: number[];
}

const STEP = 0.2;

function levelsOf(logs: readonly number[]): Levels {
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  return {
    color: { domain: [low, high], scheme: 'YlGnBu', reverse: true },
    thresholds: Array.from({ length: Math.ceil((high - low) / STEP) }, (_, k) => low + k * STEP),
  };
}

const contours = (
  arm: string,
  logs: readonly number[],
  { color, thresholds }: Levels,
): Plot.PlotOptions => ({
  marginLeft: 36,
  marginRight: 12,
  color,
  x: { label: null, ticks: [-1, 0, 1] },
  y: { label: null, ticks: [-1, 0, 1] },
  marks: [
    heading(arm, -14),
    Plot.contour(logs, {
      ...GRID,
      fill: Plot.identity,
      stroke: 'white',
      strokeWidth: 0.5,
      thresholds,
    } as Plot.ContourOptions),
    Plot.dot([[0, 0]], { symbol: 'plus', stroke: '#d55e00', strokeWidth: 2 }),
  ],
});

/** What loss a color is. */
const key = ({ color, thresholds }: Levels): Plot.PlotOptions => ({
  marginLeft: 60,
  marginRight: 140,
  color,
  x: { axis: null },
  y: { label: null, tickFormat: (log: number) => (10 ** log).toPrecision(2) },
  marks: [
    heading('loss', -14),
    Plot.rectY(thresholds, {
      y1: Plot.identity,
      y2: (low: number) => low + STEP,
      fill: Plot.identity,
    }),
  ],
});
