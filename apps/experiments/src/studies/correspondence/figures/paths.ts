import * as Plot from '@observablehq/plot';
import { COLORS, heading, INK, panels } from '../../../figures/plot.js';
import type { Figure } from '../../../study.js';
import { byOptimizer, byPenalty } from '../iterates.js';
import { type MethodName, methodOf } from '../methods.js';
import { randomQuadratics } from '../quadratic.js';
import type { Vector } from '../vector.js';

const [BLUE, ORANGE] = COLORS as [string, string];

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
  const [x, y] = [extent(points, 0), extent(points, 1)];
  const background = levels((point) => Math.sqrt(problem.loss.value(point)), x, y);
  const charts = paths.map(
    ({ method, optimizer, penalty }): Plot.PlotOptions => ({
      marginTop: 34,
      marginBottom: 40,
      x: { domain: x, label: 'θ₁', ticks: 5 },
      y: { domain: y, label: 'θ₂', ticks: 5 },
      marks: [
        background,
        heading(method, -24, { fill: INK }),
        Plot.line(optimizer, { ...AXES, stroke: BLUE, strokeWidth: 2 }),
        Plot.dot(
          penalty.filter((_, k) => k % 8 === 0),
          { ...AXES, stroke: ORANGE, strokeWidth: 1.5, r: 4 },
        ),
      ],
    }),
  );
  return {
    name: 'correspondence-paths',
    alt: "Paths of four methods on a quadratic of two dimensions: the circles of descent on the penalty lie on the line of the optimizer's steps",
    svg: panels(
      "The optimizer's steps (blue line) and descent on the penalty (every 8th step, orange circles)",
      charts,
      { width: 330, height: 330 },
    ),
  };
}

const AXES = { x: (point: Vector) => point[0], y: (point: Vector) => point[1] };

type Interval = [number, number];

/** From the least to the largest of a coordinate, and a tenth more on both sides. */
function extent(points: readonly Vector[], axis: 0 | 1): Interval {
  const values = points.map((point) => point[axis] as number);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return [low - 0.1 * (high - low), high + 0.1 * (high - low)];
}

/** Contour lines of f. */
const levels = (f: (point: Vector) => number, [x1, x2]: Interval, [y1, y2]: Interval) =>
  Plot.contour({
    fill: (x: number, y: number) => f([x, y]),
    ...{ x1, x2, y1, y2 },
    stroke: '#d1d5db',
    fillOpacity: 0,
    interval: 0.5,
  });
