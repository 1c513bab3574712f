import * as Plot from '@observablehq/plot';
import { COLORS, panels, plot } from '../../figures/plot.js';
import { bootstrap } from '../../statistics/bootstrap.js';
import { mean } from '../../statistics/mean.js';
import type { ArmResults, Figure, StudyResults } from '../../study.js';
import { ADAM, ADEMAMIX, ADEMAMIX_ON, BETA1, COSINE, LINEAR, LINEAR_ON } from './arms.js';
import { CONDITIONS, type Condition, RECORDS, recordedSteps } from './conditions.js';
import { courses } from './course.js';

const ARMS: string[] = [LINEAR, ADEMAMIX, COSINE, BETA1, LINEAR_ON, ADEMAMIX_ON, ADAM];
const colorOf = (arm: string) => (arm === ADAM ? '#000000' : COLORS[ARMS.indexOf(arm)]);
/** Adam's line is dashed: what is left off lies under it. */
const dash = (arm: string) => (arm === ADAM ? '5,3' : 'none');

/** Beside the frame. */
const LEGEND = 140;

const FRAME = { width: 420, height: 320, marginLeft: 52, marginTop: 28, marginBottom: 40 };

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

/** Every candidate's losses on A and B at the end of tuning: what a knob trades. */
export function tradeFigure(results: StudyResults, conditions: readonly Condition[]): Figure {
  const title = 'What the knobs trade: loss on B and on A at the end';
  return {
    name: 'alignment-trade',
    alt: `${title}, of every candidate, on validation data`,
    svg: panels(
      title,
      conditions.map((condition) => trade(armsOf(results, condition), condition)),
      { width: FRAME.width + LEGEND },
    ),
  };
}

const armsOf = (results: StudyResults, condition: Condition): StudyResults =>
  results
    .filter((arm) => arm.condition === condition)
    .sort((a, b) => ARMS.indexOf(a.arm) - ARMS.indexOf(b.arm));

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
): string {
  const lows = data.map(({ low }) => low);
  const highs = data.map(({ high }) => high);
  return plot({
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
  });
}

/** The mean loss on A against that on B, from the switch at the right to the end at the left. */
function against(a: readonly Point[], b: readonly Point[]): string {
  const losses = b.map((point) => point.mean);
  return plot({
    ...FRAME,
    x: { label: 'loss on B (nats) →', labelAnchor: 'center', ...logarithmic(losses, losses) },
    y: { label: '↑ loss on A (nats)', grid: true },
    marks: namesOf(a).map((arm) => {
      const [ofA, ofB] = [a, b].map((points) => points.filter((point) => point.arm === arm));
      const path = (ofA as Point[]).map((point, k) => [ofB?.[k]?.mean as number, point.mean]);
      return Plot.line(path, strokeOf(arm));
    }),
  });
}

/** A scale of which 1, 2 and 5 have ticks. */
function logarithmic(lows: readonly number[], highs: readonly number[]) {
  const domain: [number, number] = [Math.min(...lows), Math.max(...highs)];
  const ticks = [0.001, 0.01, 0.1, 1, 10, 100]
    .flatMap((power) => [power, 2 * power, 5 * power])
    .filter((tick) => domain[0] <= tick && tick <= domain[1]);
  return {
    type: 'log',
    domain,
    ticks,
    tickFormat: (tick: number) => `${Number(tick.toPrecision(1))}`,
  } as const;
}

const strokeOf = (arm: string) => ({
  stroke: colorOf(arm) as string,
  strokeWidth: 2,
  strokeDasharray: dash(arm),
});

interface Candidate {
  arm: string;
  value: string;
  a: number;
  b: number;
}

/** What is nearer to Adam, in both losses together and as a fraction, has no label. */
const NEAR = 0.12;

function trade(arms: StudyResults, condition: string): string {
  const candidates = arms.flatMap(({ arm, tuning }) =>
    tuning.map(
      ({ label, measured }): Candidate => ({
        arm,
        value: label.replace(/.* = /, ''),
        a: mean(measured.lossA as number[]),
        b: mean(measured.lossB as number[]),
      }),
    ),
  );
  const adam = candidates.filter(({ arm, value }) => arm === LINEAR && value === '0');
  const far = candidates.filter(({ a, b }) =>
    adam.some((off) => Math.abs(Math.log(a / off.a)) + Math.abs(Math.log(b / off.b)) > NEAR),
  );
  const losses = candidates.map(({ a }) => a);
  const color = ({ arm }: Candidate) => colorOf(arm);
  return plot({
    ...FRAME,
    width: FRAME.width + LEGEND,
    marginRight: LEGEND,
    x: { label: 'loss on B (nats) →', labelAnchor: 'center' },
    y: { label: `↑ loss on A (nats), ${condition}`, grid: true, ...logarithmic(losses, losses) },
    marks: [
      Plot.line(candidates, { x: 'b', y: 'a', z: 'arm', stroke: color, marker: 'dot' }),
      Plot.text(far, { x: 'b', y: 'a', text: 'value', fill: color, dy: -9, fontSize: 10 }),
      Plot.dot(adam, { x: 'b', y: 'a', r: 5, fill: colorOf(ADAM) as string }),
      ...legendOf([...namesOf(candidates), ADAM], {
        frameAnchor: 'top-right',
        textAnchor: 'start',
        dx: 20,
      }),
    ],
  });
}

const namesOf = (data: readonly { arm: string }[]): string[] => [
  ...new Set(data.map(({ arm }) => arm)),
];

function legendOf(arms: readonly string[], place: Plot.TextOptions) {
  return arms.map((arm, k) =>
    Plot.text([arm], { ...place, dy: 8 + 15 * k, fill: colorOf(arm) as string, fontWeight: 600 }),
  );
}

const capitalized = (text: string) => `${text[0]?.toUpperCase()}${text.slice(1)}`;

/** For a file. */
const nameOf = (condition: Condition) => condition.replace(/[^a-z0-9]+/gi, '-').replace(/^a-/, '');
