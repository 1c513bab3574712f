import * as Plot from '@observablehq/plot';
import { COLORS, plot } from '../../../figures/plot.js';
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
export const color = { domain: [...DRAWN].reverse(), range: COLORS };

export const SIZE = { width: 330, height: 300 };

export const drawnOf = (results: StudyResults, condition: string) =>
  results.filter((entry) => entry.condition === condition && DRAWN.includes(entry.arm));

export const heading = (text: string) =>
  Plot.text([text], { frameAnchor: 'top', dy: -14, fontWeight: 600, fontSize: 13 });

/** A panel of its own. */
export const legend = (arms: readonly string[]): string =>
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
