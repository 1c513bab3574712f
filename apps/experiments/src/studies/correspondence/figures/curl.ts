import * as Plot from '@observablehq/plot';
import { COLORS, panels, plot } from '../../../figures/plot.js';
import { mean } from '../../../statistics/mean.js';
import type { Figure, StudyResults } from '../../../study.js';
import { onBoth } from '../found.js';
import { heading } from './heading.js';

const [BLUE, ORANGE] = COLORS as [string, string];

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
        heading(title, -52),
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
