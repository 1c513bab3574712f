import * as Plot from '@observablehq/plot';
import { COLORS, heading, INK, panels } from '../../../figures/plot.js';
import type { ArmResults, Figure, StudyResults } from '../../../study.js';
import { CONDITIONS } from '../conditions.js';

/** θ over the steps, a line for each start. */
export function adamFigure(results: StudyResults): Figure | undefined {
  const arms = results.filter(({ condition }) => condition === CONDITIONS.adam);
  if (arms.length === 0) {
    return undefined;
  }
  return {
    name: 'correspondence-adam',
    alt: 'θ over the steps of Adam from random starts under four ways to decay, with the minimum at 1, and at 2/3, where L2 has it',
    svg: panels(
      'Adam on ½(θ − 1)², λ = ½; dashed: 2/3, where L2 moves the minimum, and 1, where it is',
      arms.map(chartOfArm),
      { width: 330, height: 290 },
    ),
  };
}

function chartOfArm({ arm, test }: ArmResults, k: number): Plot.PlotOptions {
  const points = (test.path as number[][]).flatMap((path, seed) =>
    path.map((theta, step) => ({ seed, theta, share: (100 * step) / (path.length - 1) })),
  );
  return {
    marginTop: 34,
    marginBottom: 40,
    x: { label: 'steps, %' },
    y: { label: 'θ' },
    marks: [
      heading(arm, -24, { fill: INK }),
      Plot.ruleY([2 / 3, 1], { stroke: '#6b7280', strokeDasharray: '4 3' }),
      Plot.line(points, {
        x: 'share',
        y: 'theta',
        z: 'seed',
        stroke: COLORS[k] as string,
        strokeOpacity: 0.6,
      }),
    ],
  };
}
