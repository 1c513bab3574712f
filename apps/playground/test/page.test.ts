import { expect, test } from 'vitest';
import { charts, shadowOf } from '../src/page/charts.js';
import { emptyHistory, type History, record, stepOf } from '../src/page/history.js';
import { summary } from '../src/page/summary.js';
import type { Scores } from '../src/training/scores.js';

const scores = (accuracy: number): Scores => ({
  trainingLoss: 0.5,
  testLoss: 0.25,
  accuracy,
  memorized: 0,
  norm: 3,
  spread: 0.4,
});

function historyOf(...accuracies: readonly (readonly [number, number])[]): History {
  const history = emptyHistory();
  for (const [k, [plain, penalized]] of accuracies.entries()) {
    const pair = [scores(plain), scores(penalized)] as const;
    record(history, { run: 1, type: 'scores', step: 10 * k, scores: pair });
  }
  return history;
}

const chartOf = (title: string) => charts.find((chart) => chart.title === title) ?? charts[0];

test('a run is summed up by its last numbers', () => {
  const history = historyOf([0.5, 0.5], [0.8125, 0.95]);
  expect(stepOf(history)).toBe(10);
  expect(summary(history, 1500, 'Training')).toBe(
    'Training, step 10 of 1,500. Test accuracy: plain 81.3 %, with penalties 95.0 %.',
  );
});

test('a run that only starts is not summed up by the one before it', () => {
  expect(summary(historyOf([0.5, 0.5]), 1500, 'Starting')).toBe('Starting.');
  expect(summary(emptyHistory(), 1500, 'Paused')).toBe('Paused.');
});

test('a curve for each network, from the reports', () => {
  const history = historyOf([0.5, 0.6], [0.7, 0.9]);
  const chart = chartOf('Test accuracy');
  expect(chart?.values(history)).toEqual([0.7, 0.9]);
  expect(chart?.lines(history)).toEqual([
    {
      color: 'plain',
      isDashed: false,
      points: [
        [0, 0.5],
        [10, 0.7],
      ],
    },
    {
      color: 'penalized',
      isDashed: false,
      points: [
        [0, 0.6],
        [10, 0.9],
      ],
    },
  ]);
});

test('the accuracies that are drawn fit into the chart, but for the first quarter', () => {
  // The least of the last three quarters is .74, which leaves .6 as the lower end.
  const history = historyOf([0.1, 0.1], [0.74, 0.9], [0.8, 0.9], [0.8, 0.95]);
  expect(chartOf('Test accuracy')?.axes(history).y).toEqual([0.6, 1]);
});

test('of the run before, the penalized network stays, faintly', () => {
  const chart = chartOf('Cross-entropy');
  if (chart === undefined) {
    throw new Error('no such chart');
  }
  expect(shadowOf(chart, undefined)).toEqual([]);
  const lines = shadowOf(chart, historyOf([0.5, 0.6]));
  expect(lines).toEqual([
    { color: 'penalized', isDashed: false, isFaint: true, points: [[0, 0.25]] },
  ]);
});

test('before anything is known every chart is empty', () => {
  for (const chart of charts) {
    expect(chart.values(emptyHistory())).toBeUndefined();
    expect(chart.lines(emptyHistory()).flatMap(({ points }) => points)).toEqual([]);
  }
});
