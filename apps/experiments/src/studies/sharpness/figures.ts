import * as Plot from '@observablehq/plot';
import { LINE, PLANE } from '../../classification/landscape.js';
import { COLORS, panels, plot } from '../../figures/plot.js';
import { armOf } from '../../report/comparison.js';
import { bootstrap } from '../../statistics/bootstrap.js';
import { mean } from '../../statistics/mean.js';
import type { Figure, StudyResults } from '../../study.js';
import { pathsOf, takesPart } from './equal-loss.js';
import { ACCURACY, byData, type Condition, CROSS_ENTROPY, conditionsOf } from './measures.js';

/** Those that fit into one figure. */
const DRAWN = [
  'plain',
  'early stopping',
  'L2',
  'SAM',
  'XSAM',
  'SASP fisher',
  'SASP hessian',
  'SASP network, full batch',
];
/** Plain in black, the last of them in the first color. */
const color = { domain: [...DRAWN].reverse(), range: COLORS };

const SIZE = { width: 330, height: 300 };
const PLANE_SIZE = { width: 240, height: 270 };

export function figures(results: StudyResults): Figure[] {
  const conditions = conditionsOf(results);
  const middle = conditions.filter(({ noise }) => noise === 0.2);
  return [
    noiseFigure(results, conditions, CROSS_ENTROPY, 'cross-entropy'),
    noiseFigure(results, conditions, ACCURACY, 'accuracy'),
    scatter(results, middle),
    path(results, middle),
    ...lineFigure(results, middle),
    ...middle.flatMap((condition) => planeFigure(results, condition)),
  ];
}

function noiseFigure(
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
    return plot({
      ...SIZE,
      marginLeft: 45,
      marginBottom: 42,
      color,
      x: { label: 'label noise (%)', ticks: [0, 10, 20, 40] },
      y: { label: null, grid: true, nice: true },
      marks: [
        heading(data),
        Plot.lineY(points, { x: 'x', y: 'y', stroke: 'arm', strokeOpacity: 0.6 }),
        Plot.ruleX(points, { x: 'x', y1: 'low', y2: 'high', stroke: 'arm', strokeWidth: 2 }),
        Plot.dot(points, { x: 'x', y: 'y', fill: 'arm', r: 2.5 }),
      ],
    });
  });
  return {
    name: `sharpness-${name}`,
    alt: `The ${label} of eight arms over label noise, for each data set, with 95 % intervals`,
    svg: panels(capital(label), [...drawn, legend(DRAWN)], SIZE),
  };
}

function scatter(results: StudyResults, conditions: readonly Condition[]): Figure {
  const drawn = conditions.map(({ data, name }) => {
    const points = drawnOf(results, name).map(({ arm, test }) => {
      const [trace, loss] = [test.trace as number[], test.crossEntropy as number[]];
      const [x, y] = [bootstrap(trace), bootstrap(loss)];
      return {
        arm,
        trace: mean(trace),
        loss: mean(loss),
        left: x.low,
        right: x.high,
        low: y.low,
        high: y.high,
      };
    });
    return plot({
      ...SIZE,
      marginLeft: 45,
      marginBottom: 42,
      color,
      x: { type: 'log', label: 'trace at the end', ticks: 4, tickFormat: '~g' },
      y: { label: null, grid: true, nice: true },
      marks: [
        heading(data),
        Plot.ruleY(points, { y: 'loss', x1: 'left', x2: 'right', stroke: 'arm' }),
        Plot.ruleX(points, { x: 'trace', y1: 'low', y2: 'high', stroke: 'arm' }),
        Plot.dot(points, { x: 'trace', y: 'loss', fill: 'arm', r: 4 }),
      ],
    });
  });
  return {
    name: 'sharpness-trace',
    alt: 'Test cross-entropy over the trace at the end of training, for each data set with 20 % label noise, with 95 % intervals',
    svg: panels('Test cross-entropy over trace, 20 % label noise', [...drawn, legend(DRAWN)], SIZE),
  };
}

function path(results: StudyResults, conditions: readonly Condition[]): Figure {
  const drawn = conditions.map(({ data, name }) => {
    const points = drawnOf(results, name)
      .filter(takesPart)
      .flatMap((entry) => {
        const paths = pathsOf(entry);
        const at = (key: 'loss' | 'trace', k: number) =>
          mean(paths.map((one) => one[key][k] as number));
        return (paths[0]?.loss ?? []).map((_, k) => ({
          arm: entry.arm,
          loss: at('loss', k),
          trace: at('trace', k),
        }));
      });
    return plot({
      ...SIZE,
      marginLeft: 45,
      marginBottom: 42,
      color,
      x: { type: 'log', reverse: true, label: 'training loss', tickFormat: '~g', ticks: 4 },
      y: { type: 'log', label: null, grid: true, tickFormat: '~g', ticks: 5 },
      marks: [
        heading(data),
        Plot.line(points, { x: 'loss', y: 'trace', stroke: 'arm' }),
        Plot.dot(points, { x: 'loss', y: 'trace', fill: 'arm', r: 2.5 }),
      ],
    });
  });
  return {
    name: 'sharpness-path',
    alt: 'The trace over the training loss, from the first epoch to the last, for each data set with 20 % label noise: means over the seeds',
    svg: panels(
      'Trace on the way, over the training loss, 20 % label noise',
      [...drawn, legend(DRAWN.filter((arm) => arm !== 'early stopping'))],
      SIZE,
    ),
  };
}

/** Those whose landscape was measured, under the first seed. */
const mappedOf = (results: StudyResults, condition: string) =>
  drawnOf(results, condition).filter(
    (entry) => takesPart(entry) && (entry.test.line?.[0] as number[] | undefined)?.length,
  );

function lineFigure(results: StudyResults, conditions: readonly Condition[]): Figure[] {
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

function planeFigure(results: StudyResults, { data, name }: Condition): Figure[] {
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

const drawnOf = (results: StudyResults, condition: string) =>
  results.filter((entry) => entry.condition === condition && DRAWN.includes(entry.arm));

const heading = (text: string) =>
  Plot.text([text], { frameAnchor: 'top', dy: -14, fontWeight: 600, fontSize: 13 });

/** A panel of its own. */
const legend = (arms: readonly string[]): string =>
  plot({
    ...SIZE,
    color,
    x: { axis: null, domain: [-0.05, 1] },
    y: { axis: null, type: 'point', domain: arms },
    marks: [
      Plot.dot(arms, { x: 0, y: (arm: string) => arm, fill: (arm: string) => arm, r: 5 }),
      Plot.text(arms, {
        x: 0.05,
        y: (arm: string) => arm,
        text: (arm: string) => arm,
        textAnchor: 'start',
      }),
    ],
  });

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
