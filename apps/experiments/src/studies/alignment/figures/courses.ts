import * as Plot from '@observablehq/plot';
import { panels } from '../../../figures/plot.js';
import { bootstrap } from '../../../statistics/bootstrap.js';
import { mean } from '../../../statistics/mean.js';
import type { ArmResults, Figure, StudyResults } from '../../../study.js';
import { ADAM } from '../arms.js';
import { CONDITIONS, type Condition, RECORDS, recordedSteps } from '../conditions.js';
import { courses } from '../course.js';
import {
  armsOf,
  capitalized,
  colorOf,
  FRAME,
  legendOf,
  logarithmic,
  nameOf,
  namesOf,
  strokeOf,
} from './style.js';

/** The mean of an arm at a number of steps, with its interval. */
interface Point {
  arm: string;
  step: number;
  mean: number;
  low: number;
  high: number;
}

/** The loss over the steps of a single task, and how it differs from Adam's under the same seed. */
export function stepsFigure(results: StudyResults, condition: Condition): Figure {
  const arms = armsOf(results, condition);
  const adam = courses(arms.find(({ arm }) => arm === ADAM) as ArmResults, 'A');
  const steps = recordedSteps(CONDITIONS[condition].steps);
  const losses = arms.flatMap((arm) => points(arm, courses(arm, 'A'), steps, 0));
  const differences = arms
    .filter(({ arm }) => arm !== ADAM)
    .flatMap((arm) => points(arm, minus(courses(arm, 'A'), adam), steps, 0));
  const title = `${capitalized(condition)}: test loss over the steps`;
  return {
    name: `alignment-${nameOf(condition)}`,
    alt: `${title}, of each arm, and minus Adam's`,
    svg: panels(title, [
      lines(losses, 'loss (nats)', { log: true, legend: true }),
      lines(differences, "loss minus Adam's (nats)"),
    ]),
  };
}

/** What becomes of A while B is learned: over the steps, and against each other. */
export function switchFigure(results: StudyResults, condition: Condition): Figure {
  const arms = armsOf(results, condition);
  const steps = recordedSteps(CONDITIONS[condition].steps);
  const after = steps.slice(RECORDS).map((step) => step - (steps[RECORDS] as number));
  const over = (task: 'A' | 'B') =>
    arms.flatMap((arm) => points(arm, courses(arm, task), after, RECORDS));
  const [a, b] = [over('A'), over('B')];
  const title = `${capitalized(condition)}: after the switch from A to B`;
  return {
    name: `alignment-${nameOf(condition)}`,
    alt: `${title}: the test losses on both over the steps, and one against the other`,
    svg: panels(title, [
      lines(a, 'loss on A (nats)'),
      lines(b, 'loss on B (nats)', { log: true, legend: true }),
      against(a, b),
    ]),
  };
}

/** @param from The record of the first of the steps. */
function points(
  { arm }: ArmResults,
  ofSeeds: readonly number[][],
  steps: readonly number[],
  from: number,
): Point[] {
  return steps.map((step, k) => {
    const values = ofSeeds.map((losses) => losses[from + k] as number);
    return { arm, step, mean: mean(values), ...bootstrap(values) };
  });
}

const minus = (a: readonly number[][], b: readonly number[][]): number[][] =>
  a.map((losses, seed) => losses.map((loss, k) => loss - (b[seed]?.[k] as number)));

function lines(
  data: readonly Point[],
  label: string,
  { log = false, legend = false } = {},
): Plot.PlotOptions {
  const lows = data.map(({ low }) => low);
  const highs = data.map(({ high }) => high);
  return {
    ...FRAME,
    x: { label: 'steps →', labelAnchor: 'center' },
    y: { label: `↑ ${label}`, grid: true, ...(log ? logarithmic(lows, highs) : {}) },
    marks: [
      ...(log ? [] : [Plot.ruleY([0])]),
      Plot.areaY(data, {
        x: 'step',
        y1: 'low',
        y2: 'high',
        z: 'arm',
        fill: ({ arm }: Point) => colorOf(arm),
        fillOpacity: 0.12,
      }),
      ...namesOf(data).map((arm) =>
        Plot.line(
          data.filter((point) => point.arm === arm),
          { ...strokeOf(arm), x: 'step', y: 'mean' },
        ),
      ),
      ...(legend
        ? legendOf(namesOf(data), { frameAnchor: 'top-right', textAnchor: 'end', dx: -6 })
        : []),
    ],
  };
}

/** The mean loss on A against that on B, from the switch at the right to the end at the left. */
function against(a: readonly Point[], b: readonly Point[]): Plot.PlotOptions {
  const losses = b.map((point) => point.mean);
  return {
    ...FRAME,
    x: { label: 'loss on B (nats) →', labelAnchor: 'center', ...logarithmic(losses, losses) },
    y: { label: '↑ loss on A (nats)', grid: true },
    marks: namesOf(a).map((arm) => {
      const [ofA, ofB] = [a, b].map((points) => points.filter((point) => point.arm === arm));
      const path = (ofA as Point[]).map((point, k) => [ofB?.[k]?.mean as number, point.mean]);
      return Plot.line(path, strokeOf(arm));
    }),
  };
}
