import * as Plot from '@observablehq/plot';
import { COLORS, panels, plot } from '../../../figures/plot.js';
import type { Figure } from '../../../study.js';
import { byOptimizer, byPenalty } from '../iterates.js';
import { type MethodName, methodOf } from '../methods.js';
import { randomQuadratics } from '../quadratic.js';
import type { Vector } from '../vector.js';
import { heading } from './heading.js';

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
        heading(method, -24),
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
