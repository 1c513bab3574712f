import * as Plot from '@observablehq/plot';
import { COLORS, panels, plot } from '../../figures/plot.js';
import { mean } from '../../statistics/mean.js';
import type { Figure, StudyResults } from '../../study.js';
import { CONDITIONS } from './conditions.js';
import { lastOrder, RATES } from './flow.js';
import { onBoth } from './found.js';
import { byOptimizer, byPenalty } from './iterates.js';
import { type MethodName, methodOf } from './methods.js';
import { randomQuadratics } from './quadratic.js';
import type { Vector } from './vector.js';

const [BLUE, ORANGE, GREEN, PINK] = COLORS as [string, string, string, string];
const FONT = { fontSize: 13, fill: '#1f2937' } as const;

const SHOWN: readonly MethodName[] = [
  'L2',
  'first-order SAM',
  'CVP, soft gate',
  'AdEMAMix, average fixed',
];

/** The optimizer's steps as a line, those of the penalty as circles on it, on a quadratic of two dimensions. */
export function pathsFigure(): Figure {
  const problem = randomQuadratics(1, 2);
  const paths = SHOWN.map((method) => ({
    method,
    optimizer: byOptimizer(methodOf(method), problem, 200),
    penalty: byPenalty(methodOf(method), problem, 200),
  }));
  const points = paths.flatMap(({ optimizer }) => optimizer);
  const domain = (axis: 0 | 1) => {
    const values = points.map((point) => point[axis] as number);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return [low - 0.1 * (high - low), high + 0.1 * (high - low)] as [number, number];
  };
  const chart = ({ method, optimizer, penalty }: (typeof paths)[number]) =>
    plot({
      width: 330,
      height: 330,
      marginTop: 34,
      marginBottom: 40,
      x: { domain: domain(0), label: 'θ₁', ticks: 5 },
      y: { domain: domain(1), label: 'θ₂', ticks: 5 },
      marks: [
        Plot.contour({
          fill: (x: number, y: number) => Math.sqrt(problem.loss.value([x, y])),
          x1: domain(0)[0],
          x2: domain(0)[1],
          y1: domain(1)[0],
          y2: domain(1)[1],
          stroke: '#d1d5db',
          fillOpacity: 0,
          interval: 0.5,
        }),
        Plot.text([method], {
          text: (name: string) => name,
          frameAnchor: 'top',
          dy: -24,
          fontWeight: 600,
          ...FONT,
        }),
        Plot.line(optimizer as Vector[], {
          x: (point: Vector) => point[0],
          y: (point: Vector) => point[1],
          stroke: BLUE,
          strokeWidth: 2,
        }),
        Plot.dot(
          penalty.filter((_, k) => k % 8 === 0),
          {
            x: (point: Vector) => point[0],
            y: (point: Vector) => point[1],
            stroke: ORANGE,
            strokeWidth: 1.5,
            r: 4,
          },
        ),
      ],
    });
  return {
    name: 'correspondence-paths',
    alt: "Paths of four methods on a quadratic of two dimensions: the circles of descent on the penalty lie on the line of the optimizer's steps",
    svg: panels(
      "The optimizer's steps (blue line) and descent on the penalty (every 8th step, orange circles)",
      paths.map(chart),
      { width: 330, height: 330 },
    ),
  };
}

/** Error against η, both on logarithmic scales, means over the seeds. */
export function ordersFigure(results: StudyResults): Figure | undefined {
  const curves = [
    { quantity: 'first', to: 'flow of −f', color: BLUE },
    { quantity: 'second', to: 'with (η/2)Jf', color: GREEN },
    { quantity: 'gradient', to: 'with (η/4)∇‖f‖²', color: ORANGE },
  ];
  const charts = [
    { kind: 'network', method: 'first-order SAM' },
    { kind: 'network', method: 'SASP, hessian' },
    { kind: 'quadratic', method: 'CVP, soft gate' },
    { kind: 'quadratic', method: 'NGER, weighted gradient' },
  ].flatMap(({ kind, method }) => {
    const lines = curves.flatMap(({ quantity, to, color }) => {
      const found = onBoth(results, 'order', quantity).find(
        (entry) => entry.kind === kind && entry.method === method,
      );
      if (found === undefined) {
        return [];
      }
      const errors = RATES.map((_, k) =>
        mean((found.values as unknown as number[][]).map((list) => list[k] as number)),
      );
      return [
        {
          color,
          label: `${to}: slope ${lastOrder(errors).toFixed(2)}`,
          points: RATES.map((eta, k) => ({ eta, error: errors[k] as number })),
        },
      ];
    });
    return lines.length === 0
      ? []
      : [chartOfOrders(`${method}, ${kind === 'network' ? 'net' : kind}`, lines)];
  });
  return charts.length === 0
    ? undefined
    : {
        name: 'correspondence-orders',
        alt: 'Error of the iterates against the learning rate on logarithmic scales, to the flow and to the corrected flow, with their slopes',
        svg: panels(
          'Distance to the flow at T = 1, against η; slopes are those of the last halving',
          charts,
          {
            width: 360,
            height: 340,
          },
        ),
      };
}

interface Line {
  color: string;
  label: string;
  points: { eta: number; error: number }[];
}

function chartOfOrders(title: string, lines: readonly Line[]): string {
  return plot({
    width: 360,
    height: 340,
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
      Plot.text([title], {
        text: (name: string) => name,
        frameAnchor: 'top',
        dy: -82,
        fontWeight: 600,
        ...FONT,
      }),
      ...lines.flatMap(({ color, label, points }, k) => [
        Plot.line(points, { x: 'eta', y: 'error', stroke: color, strokeWidth: 2 }),
        Plot.dot(points, { x: 'eta', y: 'error', fill: color, r: 3.5 }),
        Plot.text([label], {
          text: (text: string) => text,
          frameAnchor: 'top-left',
          dy: -62 + 18 * k,
          fontSize: 13,
          fontWeight: 600,
          fill: color,
        }),
      ]),
    ],
  });
}

const KIND_COLORS = { quadratic: BLUE, 'two-layer net': ORANGE };

const FLOOR = 1e-16; // where 0 is drawn

/** A dot for each method and problem. */
export function curlFigure(results: StudyResults): Figure | undefined {
  const quantities = [
    { quantity: 'curl', title: '‖J − Jᵀ‖/‖J‖' },
    { quantity: 'pathDependence', title: 'difference between paths' },
  ];
  const entries = quantities.map(({ quantity, title }) => ({
    title,
    dots: onBoth(results, 'conservative', quantity).map(({ kind, method, values }) => ({
      color: KIND_COLORS[kind === 'network' ? 'two-layer net' : 'quadratic'],
      method,
      value: Math.max(mean(values), FLOOR),
    })),
  }));
  const methods = [...new Set(entries.flatMap(({ dots }) => dots.map(({ method }) => method)))];
  if (methods.length === 0) {
    return undefined;
  }
  const charts = entries.map(({ title, dots }) =>
    plot({
      width: 560,
      height: 420,
      marginLeft: 200,
      marginRight: 24,
      marginTop: 64,
      marginBottom: 40,
      x: {
        type: 'log',
        domain: [FLOOR, 4],
        label: null,
        grid: true,
        ticks: [1e-16, 1e-12, 1e-8, 1e-4, 1],
        tickFormat: (d: number) => (d === FLOOR ? '0' : d === 1 ? '1' : d.toExponential(0)),
      },
      y: { domain: methods, label: null },
      marks: [
        Plot.text([title], {
          text: (name: string) => name,
          frameAnchor: 'top',
          dy: -52,
          fontWeight: 600,
          ...FONT,
        }),
        ...Object.entries(KIND_COLORS).map(([kind, color], k) =>
          Plot.text([kind], {
            text: (name: string) => `● ${name}`,
            frameAnchor: 'top-left',
            dx: 10 + 130 * k,
            dy: -26,
            fontSize: 13,
            fill: color,
          }),
        ),
        Plot.dot(dots, {
          x: 'value',
          y: 'method',
          r: 5,
          fill: 'color',
          fillOpacity: 0.8,
        }),
      ],
    }),
  );
  return {
    name: 'correspondence-curl',
    alt: 'Curl of every correction and the difference between its integrals along two paths, on a logarithmic scale',
    svg: panels(
      'Which corrections are gradients: those that are at the left on both sides',
      charts,
      {
        width: 560,
        height: 420,
      },
    ),
  };
}

/** θ over the steps, a line for each start. */
export function adamFigure(results: StudyResults): Figure | undefined {
  const arms = results.filter(({ condition }) => condition === CONDITIONS.adam);
  if (arms.length === 0) {
    return undefined;
  }
  const colors = [BLUE, ORANGE, GREEN, PINK];
  const chart = ({ arm, test }: (typeof arms)[number], k: number) => {
    const points = (test.path as number[][]).flatMap((path, seed) =>
      path.map((theta, step) => ({ seed, theta, share: (100 * step) / (path.length - 1) })),
    );
    return plot({
      width: 330,
      height: 290,
      marginTop: 34,
      marginBottom: 40,
      x: { label: 'steps, %' },
      y: { label: 'θ' },
      marks: [
        Plot.text([arm], {
          text: (name: string) => name,
          frameAnchor: 'top',
          dy: -24,
          fontWeight: 600,
          ...FONT,
        }),
        Plot.ruleY([2 / 3, 1], { stroke: '#6b7280', strokeDasharray: '4 3' }),
        Plot.line(points, {
          x: 'share',
          y: 'theta',
          z: 'seed',
          stroke: colors[k] as string,
          strokeOpacity: 0.6,
        }),
      ],
    });
  };
  return {
    name: 'correspondence-adam',
    alt: 'θ over the steps of Adam from random starts under four ways to decay, with the minimum at 1, and at 2/3, where L2 has it',
    svg: panels(
      'Adam on ½(θ − 1)², λ = ½; dashed: 2/3, where L2 moves the minimum, and 1, where it is',
      arms.map(chart),
      { width: 330, height: 290 },
    ),
  };
}
