import * as Plot from '@observablehq/plot';
import { COLORS, heading } from '../../../figures/plot.js';
import type { StudyResults } from '../../../study.js';

/** Those that fit into one figure. */
export const DRAWN = [
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

export const SIZE = { width: 330, height: 300 };

export const drawnOf = (results: StudyResults, condition: string) =>
  results.filter((entry) => entry.condition === condition && DRAWN.includes(entry.arm));

/** A panel of the arms in their colors. */
export const chartOf = (
  title: string,
  axes: Pick<Plot.PlotOptions, 'x' | 'y'>,
  marks: Plot.Markish[],
): Plot.PlotOptions => ({
  marginLeft: 45,
  marginBottom: 42,
  color,
  ...axes,
  marks: [heading(title, -14), ...marks],
});

/** A panel of its own. */
export const legend = (arms: readonly string[]): Plot.PlotOptions => ({
  color,
  x: { axis: null, domain: [-0.05, 1] },
  y: { axis: null, type: 'point', domain: arms },
  marks: [
    Plot.dot(arms, { x: 0, y: Plot.identity, fill: Plot.identity, r: 5 }),
    Plot.text(arms, { x: 0.05, y: Plot.identity, text: Plot.identity, textAnchor: 'start' }),
  ],
});
