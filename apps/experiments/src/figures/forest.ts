import * as Plot from '@observablehq/plot';
import type { Difference } from '../statistics/paired.js';

export type Spot = { arm: string } & Difference;

/** Differences with their intervals, an arm below the other, and a line at 0. */
export function forest(
  heading: string,
  spots: readonly Spot[],
  color: (spot: Spot) => string | undefined,
  marginLeft = 140,
): Plot.PlotOptions {
  return {
    marginLeft,
    marginTop: 34,
    x: { grid: true, label: null, nice: true },
    y: { label: null, domain: spots.map(({ arm }) => arm) },
    marks: [
      Plot.text([heading], { frameAnchor: 'top', dy: -24, fontWeight: 600, text: (d) => d }),
      Plot.ruleX([0], { stroke: '#999' }),
      Plot.ruleY(spots, { y: 'arm', x1: 'low', x2: 'high', stroke: color, strokeWidth: 2 }),
      Plot.dot(spots, { y: 'arm', x: 'mean', fill: color, r: 4 }),
    ],
  };
}
