import * as Plot from '@observablehq/plot';
import { COLORS, panels } from '../../figures/plot.js';
import { bootstrap } from '../../statistics/bootstrap.js';
import { mean } from '../../statistics/mean.js';
import type { ArmResults, Figure, StudyResults } from '../../study.js';
import { EQUAL, ORACLE } from './arms.js';
import { wordsOf } from './conditions.js';

const SIZE = { width: 340, height: 320 };

/** Weights below this are drawn as this: it is a thousandth part of a per cent. */
const LEAST = 1e-5;

const numbers = (values: readonly (number | number[])[] | undefined) => values as number[];

const of = (results: StudyResults, condition: string) =>
  results.filter((entry) => entry.condition === condition);

/** Those with weights of their own: a color each, dashes where it is not NGER. */
function styles(results: StudyResults): Map<string, { stroke: string; dashes: string }> {
  const arms = [...new Set(results.map(({ arm }) => arm))].filter(
    (arm) => arm !== EQUAL && arm !== ORACLE,
  );
  return new Map(
    arms.map((arm, k) => [
      arm,
      {
        stroke: COLORS[k % COLORS.length] as string,
        dashes: arm.startsWith('NGER') ? '' : '5 3',
      },
    ]),
  );
}

/** The weight of the noisy task over time, on a logarithmic scale, on which .99 and .999 for the clean one differ. */
export function weightsFigure(results: StudyResults, conditions: readonly string[]): Figure {
  const style = styles(results);
  const panel = (condition: string): Plot.PlotOptions => {
    const lines = of(results, condition).filter(({ arm }) => style.has(arm));
    return {
      marginLeft: 64,
      marginBottom: 44,
      x: { label: 'part of the training (%)' },
      y: { label: condition, type: 'log', domain: [LEAST, 1], ticks: 5, tickFormat: String },
      marks: [
        Plot.ruleY([0.5], { stroke: '#9ca3af' }),
        ...lines.map((entry) => Plot.lineY(noisyWeights(entry), lineOf(style, entry.arm))),
      ],
    };
  };
  return {
    name: 'multi-task-weights',
    alt: 'The weight of the noisy task over the training, 1 minus that of the clean task, for each method and condition.',
    svg: panels(
      'Weight of the noisy task, 1 − that of the clean one; mean of the seeds',
      [...conditions.map(panel), legend(style, 'gray line: equal weights')],
      SIZE,
    ),
  };
}

/** At the middle of each part of the training. */
function noisyWeights({ test }: ArmResults): { x: number; y: number }[] {
  const series = test.share as number[][];
  const points = (series[0] as number[]).length;
  return Array.from({ length: points }, (_, k) => ({
    x: (100 * (k + 0.5)) / points,
    y: Math.max(LEAST, 1 - mean(series.map((shares) => shares[k] as number))),
  }));
}

function lineOf(style: ReturnType<typeof styles>, arm: string): Plot.LineYOptions {
  const { stroke, dashes } = style.get(arm) as { stroke: string; dashes: string };
  return { x: 'x', y: 'y', stroke, strokeWidth: 2, strokeDasharray: dashes };
}

function legend(style: ReturnType<typeof styles>, note: string): Plot.PlotOptions {
  const rows = [...style].map(([arm, { stroke, dashes }], k) => ({ arm, stroke, dashes, y: k }));
  return {
    axis: null,
    x: { domain: [0, 10] },
    y: { domain: [-0.5, 11], reverse: true },
    marks: [
      ...rows.map(({ stroke, dashes, y }) =>
        Plot.link([y], {
          x1: 0,
          x2: 1,
          y1: y,
          y2: y,
          stroke,
          strokeWidth: 2,
          strokeDasharray: dashes,
        }),
      ),
      Plot.text(rows, { x: () => 1.3, y: 'y', text: 'arm', textAnchor: 'start' }),
      Plot.text([note], {
        x: () => 0,
        y: () => rows.length + 0.3,
        text: (d) => d,
        textAnchor: 'start',
      }),
    ],
  };
}

/** The clean test error of every arm with its interval, compared with equal weights and the oracle. */
export function errorsFigure(results: StudyResults, conditions: readonly string[]): Figure {
  const panel = (condition: string): Plot.PlotOptions => {
    const arms = of(results, condition).map(({ arm, test }) => {
      const errors = numbers(test.error);
      const color = COLORS[arm.startsWith('NGER') ? 1 : 0];
      return { arm, error: mean(errors), ...bootstrap(errors), color };
    });
    const reference = arms.filter(({ arm }) => arm === EQUAL || arm === ORACLE);
    return {
      marginLeft: 190,
      marginRight: 20,
      marginBottom: 44,
      x: { label: `${condition}: ${wordsOf(condition).error}`, zero: true, nice: true },
      y: { label: null, domain: arms.map(({ arm }) => arm) },
      marks: [
        Plot.ruleX(reference, { x: 'error', stroke: '#9ca3af', strokeDasharray: '3 3' }),
        Plot.ruleY(arms, { x1: 'low', x2: 'high', y: 'arm', stroke: 'color', strokeWidth: 2 }),
        Plot.dot(arms, { x: 'error', y: 'arm', r: 4, fill: 'color' }),
      ],
    };
  };
  return {
    name: 'multi-task-errors',
    alt: 'The test error of the clean task with its 95 % interval, for each method and condition.',
    svg: panels(
      'Test error of the clean task, with 95 % intervals; dashed: equal weights and the oracle',
      conditions.map(panel),
      { ...SIZE, width: 480 },
    ),
  };
}

/** The validation error over the exponent of κ, of NTKMTL and of NGER: what the choice was made by. */
export function exponentsFigure(results: StudyResults, conditions: readonly string[]): Figure {
  const style = new Map(
    [...styles(results)].filter(([arm]) => arm === 'NTKMTL' || arm.startsWith('NGER')),
  );
  const panel = (condition: string): Plot.PlotOptions => ({
    marginLeft: 52,
    marginBottom: 44,
    x: { label: 'exponent of κ' },
    y: { label: condition, zero: true, nice: true },
    marks: of(results, condition)
      .filter(({ arm }) => style.has(arm))
      .map(({ arm, tuning }) => {
        const points = tuning.map(({ label, measured }) => ({
          x: Number(label.split(' = ')[1]),
          y: mean(numbers(measured.criterion)),
        }));
        return Plot.lineY(points, { ...lineOf(style, arm), marker: 'dot' });
      }),
  });
  return {
    name: 'multi-task-exponents',
    alt: 'The validation error of the clean task over the exponent of κ, for NTKMTL and for NGER with each floor.',
    svg: panels(
      'Validation error of the clean task over γ (NGER) and p (NTKMTL); mean of the tuning seeds',
      [...conditions.map(panel), legend(style, 'with an exponent of 0 NTKMTL is equal weights')],
      SIZE,
    ),
  };
}
