import * as Plot from '@observablehq/plot';
import { COLORS, heading, INK, panels } from '../../../figures/plot.js';
import { mean } from '../../../statistics/mean.js';
import type { Figure, StudyResults } from '../../../study.js';
import { lastOrder, RATES } from '../flow.js';
import { onBoth } from '../found.js';

const [BLUE, ORANGE, GREEN] = COLORS as [string, string, string];

const FLOWS = [
  { quantity: 'first', to: 'flow of −f', color: BLUE },
  { quantity: 'second', to: 'with (η/2)Jf', color: GREEN },
  { quantity: 'gradient', to: 'with (η/4)∇‖f‖²', color: ORANGE },
];

const SHOWN = [
  { kind: 'network', method: 'first-order SAM' },
  { kind: 'network', method: 'SASP, hessian' },
  { kind: 'quadratic', method: 'CVP, soft gate' },
  { kind: 'quadratic', method: 'NGER, weighted gradient' },
];

/** Error against η, both on logarithmic scales, means over the seeds. */
export function ordersFigure(results: StudyResults): Figure | undefined {
  const charts = SHOWN.flatMap(({ kind, method }) => {
    const lines = linesOf(results, kind, method);
    const title = `${method}, ${kind === 'network' ? 'net' : kind}`;
    return lines.length === 0 ? [] : [chartOfOrders(title, lines)];
  });
  return charts.length === 0
    ? undefined
    : {
        name: 'correspondence-orders',
        alt: 'Error of the iterates against the learning rate on logarithmic scales, to the flow and to the corrected flow, with their slopes',
        svg: panels(
          'Distance to the flow at T = 1, against η; slopes are those of the last halving',
          charts,
          { width: 360, height: 340 },
        ),
      };
}

interface Line {
  color: string;
  label: string;
  points: { eta: number; error: number }[];
}

/** The distance of a method's iterates to each of the flows. */
const linesOf = (results: StudyResults, kind: string, method: string): Line[] =>
  FLOWS.flatMap(({ quantity, to, color }) =>
    onBoth(results, 'order', quantity)
      .filter((found) => found.kind === kind && found.method === method)
      .map(({ values }) => {
        const errors = RATES.map((_, k) =>
          mean((values as unknown as number[][]).map((list) => list[k] as number)),
        );
        const label = `${to}: slope ${lastOrder(errors).toFixed(2)}`;
        return {
          color,
          label,
          points: RATES.map((eta, k) => ({ eta, error: errors[k] as number })),
        };
      }),
  );

const chartOfOrders = (title: string, lines: readonly Line[]): Plot.PlotOptions => ({
  marginLeft: 60,
  marginTop: 92,
  marginBottom: 40,
  x: {
    type: 'log',
    base: 2,
    label: 'η',
    ticks: RATES,
    tickFormat: (eta: number) => `1/${Math.round(1 / eta)}`,
  },
  y: {
    type: 'log',
    label: 'error',
    grid: true,
    tickFormat: (d: number) => d.toExponential(0),
    ticks: 5,
  },
  marks: [
    heading(title, -82, { fill: INK }),
    ...lines.flatMap(({ color, label, points }, k) => [
      Plot.line(points, { x: 'eta', y: 'error', stroke: color, strokeWidth: 2 }),
      Plot.dot(points, { x: 'eta', y: 'error', fill: color, r: 3.5 }),
      Plot.text([label], {
        frameAnchor: 'top-left',
        dy: -62 + 18 * k,
        fontSize: 13,
        fontWeight: 600,
        fill: color,
      }),
    ]),
  ],
});
