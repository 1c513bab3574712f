import type { Pair } from '../training/race.js';
import type { Scores } from '../training/scores.js';
import type { History } from './history.js';
import type { Axes, Line, Point } from './line-chart.js';

export interface Chart {
  readonly title: string;
  readonly note?: string;
  /** Of a number as the captions and the descriptions have it. */
  format(value: number): string;
  /** The numbers of now. */
  values(history: History): Pair<number> | undefined;
  lines(history: History): Line[];
  axes(history: History): Omit<Axes, 'x'>;
  /** Over the steps of the run, where it is left out. */
  readonly x?: readonly [number, number];
}

const percent = (x: number) => (Number.isNaN(x) ? '–' : `${(100 * x).toFixed(1)} %`);
const wholePercent = (x: number) => `${Math.round(100 * x)} %`;
const significant = (x: number) =>
  Math.abs(x) >= 100 ? Math.round(x).toLocaleString('en') : x.toPrecision(3);

const pairOfLines = (ofArm: (arm: 0 | 1) => Point[], isDashed = false): Line[] => [
  { points: ofArm(0), color: 'plain', isDashed },
  { points: ofArm(1), color: 'penalized', isDashed },
];

const scoreLines = (history: History, name: keyof Scores, isDashed = false) =>
  pairOfLines(
    (arm) => history.scores.map(({ step, scores }): Point => [step, scores[arm][name]]),
    isDashed,
  );

function ofScore(name: keyof Scores, chart: Omit<Chart, 'values' | 'lines'>): Chart {
  return {
    ...chart,
    values: ({ scores }) => {
      const now = scores.at(-1)?.scores;
      return now && [now[0][name], now[1][name]];
    },
    lines: (history) => scoreLines(history, name),
  };
}

/** Leaves room for what has happened since the networks have left chance. */
function lowestAccuracy({ scores }: History): number {
  const since = scores.slice(Math.floor(scores.length / 4));
  const lowest = Math.min(1, ...since.flatMap(({ scores }) => scores.map((of) => of.accuracy)));
  return Math.max(0, Math.floor(10 * lowest - 0.5) / 10);
}

const accuracy = ofScore('accuracy', {
  title: 'Test accuracy',
  note: 'on clean labels',
  format: percent,
  axes: (history) => ({ y: [lowestAccuracy(history), 1], formatY: wholePercent }),
});

const testLoss: Chart = {
  ...ofScore('testLoss', {
    title: 'Cross-entropy',
    note: 'test; dotted: training',
    format: (x) => x.toFixed(3),
    axes: () => ({}),
  }),
  lines: (history) => [
    ...scoreLines(history, 'trainingLoss', true),
    ...scoreLines(history, 'testLoss'),
  ],
};

const memorized = ofScore('memorized', {
  title: 'Memorized label noise',
  note: 'of the noise in the training set',
  format: percent,
  axes: () => ({ y: [0, 1], formatY: wholePercent }),
});

const trace: Chart = {
  title: 'Hessian trace',
  note: 'of the training loss',
  format: significant,
  values: ({ traces }) => traces.at(-1)?.traces,
  lines: ({ traces }) =>
    pairOfLines((arm) => traces.map(({ step, traces }): Point => [step, traces[arm]])),
  axes: () => ({ isLog: true }),
};

const landscape: Chart = {
  title: 'Slice of the loss landscape',
  note: 'training loss along a random direction',
  format: (x) => x.toFixed(3),
  values: ({ landscape }) => {
    const middle = (losses: readonly number[]) => losses[(losses.length - 1) / 2] as number;
    return landscape && [middle(landscape.losses[0]), middle(landscape.losses[1])];
  },
  lines: ({ landscape }) =>
    pairOfLines((arm) =>
      landscape ? landscape.ts.map((t, k): Point => [t, landscape.losses[arm][k] as number]) : [],
    ),
  axes: () => ({ formatX: (t) => (t === 0 ? 'θ' : `${t > 0 ? '+' : '−'}${Math.abs(t)} d`) }),
  x: [-1, 1],
};

const norm = ofScore('norm', {
  title: 'Norm of the weights',
  note: 'of all parameters',
  format: (x) => x.toFixed(1),
  axes: () => ({}),
});

export const charts: readonly Chart[] = [accuracy, testLoss, memorized, trace, landscape, norm];

/** What the network with penalties did in another run, to compare a setting with the one before. */
export const shadowOf = (chart: Chart, before: History | undefined): Line[] =>
  before === undefined
    ? []
    : chart
        .lines(before)
        .filter(({ color, isDashed }) => color === 'penalized' && !isDashed)
        .map((line) => ({ ...line, isFaint: true }));
