import * as Plot from '@observablehq/plot';
import { COLORS, heading, INK, panels } from '../../../figures/plot.js';
import { mean } from '../../../statistics/mean.js';
import type { Figure, StudyResults } from '../../../study.js';
import { NAMES, onBoth } from '../found.js';

const [BLUE, ORANGE] = COLORS as [string, string];

const KINDS = { quadratic: BLUE, network: ORANGE };

const FLOOR = 1e-16; // where 0 is drawn

interface Dot {
  color: string;
  method: string;
  value: number;
}

/** A dot for each method and problem. */
export function curlFigure(results: StudyResults): Figure | undefined {
  const dotsOf = (quantity: string): Dot[] =>
    onBoth(results, 'conservative', quantity).map(({ kind, method, values }) => ({
      color: KINDS[kind],
      method,
      value: Math.max(mean(values), FLOOR),
    }));
  const [curls, partings] = [dotsOf('curl'), dotsOf('pathDependence')];
  const methods = [...new Set([...curls, ...partings].map(({ method }) => method))];
  if (methods.length === 0) {
    return undefined;
  }
  return {
    name: 'correspondence-curl',
    alt: 'Curl of every correction and the difference between its integrals along two paths, on a logarithmic scale',
    svg: panels(
      'Which corrections are gradients: those that are at the left on both sides',
      [
        chartOfDots('‖J − Jᵀ‖/‖J‖', methods, curls),
        chartOfDots('difference between paths', methods, partings),
      ],
      { width: 560, height: 420 },
    ),
  };
}

const chartOfDots = (
  title: string,
  methods: readonly string[],
  dots: readonly Dot[],
): Plot.PlotOptions => ({
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
    heading(title, -52, { fill: INK }),
    ...Object.entries(NAMES).map(([kind, name], k) =>
      Plot.text([`● ${name}`], {
        frameAnchor: 'top-left',
        dx: 10 + 130 * k,
        dy: -26,
        fontSize: 13,
        fill: KINDS[kind as keyof typeof KINDS],
      }),
    ),
    Plot.dot(dots, { x: 'value', y: 'method', r: 5, fill: 'color', fillOpacity: 0.8 }),
  ],
});
