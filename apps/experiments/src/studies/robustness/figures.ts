import * as Plot from '@observablehq/plot';
import { COLORS, INK, panels } from '../../figures/plot.js';
import { armOf } from '../../report/comparison.js';
import { bootstrap } from '../../statistics/bootstrap.js';
import { mean } from '../../statistics/mean.js';
import type { Figure, StudyResults } from '../../study.js';
import { armsOf, conditionsOf } from './measures.js';
import { LEVELS } from './noise.js';

const STYLES: Record<string, string> = {
  plain: COLORS[7] as string,
  NEFTune: COLORS[4] as string,
  SymNoise: COLORS[1] as string,
  'R-Drop': COLORS[6] as string,
  SBMP: COLORS[0] as string,
  'SBMP, quarter batch': COLORS[5] as string,
};

interface Point {
  condition: string;
  arm: string;
  /** σ, beside those of the other arms, so that the intervals can be told apart. */
  x: number;
  y: number;
  low: number;
  high: number;
}

/** Accuracy against the noise at the input, and what each arm gains on plain training. */
export function figures(results: StudyResults): Figure[] {
  const arms = armsOf(results);
  const accuracy = pointsOf(results, arms, ({ of }) => of);
  const gain = pointsOf(
    results,
    arms.filter((arm) => arm !== 'plain'),
    ({ of, plain }) => of.map((value, k) => value - (plain[k] as number)),
  );
  return [
    {
      name: 'robustness-accuracy',
      alt: `Test accuracy of every arm against the deviation of the noise at the input, for ${conditionsOf(results).join('; ')}`,
      svg: framed(
        'Test accuracy under noise at the input',
        accuracy,
        'accuracy (%), with 95 % intervals',
      ),
    },
    {
      name: 'robustness-gain',
      alt: `Test accuracy minus that of plain training, of every arm over the deviation of the noise at the input, for ${conditionsOf(results).join('; ')}`,
      svg: framed(
        'Test accuracy under input noise, minus that of plain training under the same seeds',
        gain,
        'difference (points), with 95 % intervals',
      ),
    },
  ];
}

/** The mean over the seeds, and its interval, at every level. */
function pointsOf(
  results: StudyResults,
  arms: readonly string[],
  value: (percentages: { of: number[]; plain: number[] }) => number[],
): Point[] {
  return conditionsOf(results).flatMap((condition) => {
    const at = (arm: string, k: number) =>
      (armOf(results, condition, arm).test.accuracy as number[][]).map(
        (seed) => 100 * (seed[k] as number),
      );
    return arms.flatMap((arm, j) =>
      LEVELS.map((level, k) => {
        const values = value({ of: at(arm, k), plain: at('plain', k) });
        const x = level + (j - (arms.length - 1) / 2) * 0.006;
        return { condition, arm, x, y: mean(values), ...bootstrap(values) };
      }),
    );
  });
}

/** A panel for each condition, and a legend above. */
function framed(title: string, points: readonly Point[], label: string): string {
  const conditions = [...new Set(points.map(({ condition }) => condition))];
  const arms = [...new Set(points.map(({ arm }) => arm))];
  const fx = 'condition';
  const stroke = ({ arm }: Point) => STYLES[arm];
  const legend = arms.map((arm, k) =>
    Plot.text([{ condition: conditions[0] }], {
      fx,
      text: () => `● ${arm}`,
      fill: STYLES[arm] as string,
      frameAnchor: 'top-left',
      dx: 110 * k,
      dy: -50,
      fontWeight: 600,
    }),
  );
  const chart: Plot.PlotOptions = {
    marginLeft: 58,
    marginBottom: 42,
    marginTop: 66,
    inset: 8,
    x: { label: 'deviation σ of the noise at every pixel', ticks: [...LEVELS], tickFormat: String },
    y: { grid: true, label, labelAnchor: 'center', labelArrow: 'none' },
    fx: { label: null, domain: conditions },
    marks: [
      Plot.frame({ stroke: '#ccc' }),
      ...(points.some(({ low }) => low < 0) ? [Plot.ruleY([0], { stroke: INK })] : []),
      Plot.line(points, { fx, x: 'x', y: 'y', z: 'arm', stroke, strokeWidth: 1.6 }),
      Plot.ruleX(points, { fx, x: 'x', y1: 'low', y2: 'high', stroke, strokeWidth: 1.6 }),
      Plot.dot(points, { fx, x: 'x', y: 'y', r: 2.4, fill: stroke }),
      ...legend,
    ],
  };
  return panels(title, [chart], { width: 1200, height: 430 });
}
