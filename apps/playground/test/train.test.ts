import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { planeData } from '../src/data/plane.js';
import { initial, type Settings } from '../src/settings/table.js';
import type { Report } from '../src/training/messages.js';
import { createTempo } from '../src/training/tempo.js';
import { train } from '../src/training/train.js';

const settings: Settings = { ...initial, width: 4, depth: 1, batch: 16, examples: 50, steps: 20 };
const data = planeData('xor', 50, 0.2, 1);

test('a run tells the scores from the first to the last step, and finishes', async () => {
  const reports: Omit<Report, 'run'>[] = [];
  const before = tf.memory().numTensors;
  await train(data, settings, createTempo(false), (report) => reports.push(report));
  const steps = (type: Report['type']) =>
    reports
      .filter((report) => report.type === type)
      .map((report) => ('step' in report ? report.step : undefined));
  expect(reports[0]?.type).toBe('scene');
  expect(steps('scores').slice(0, 3)).toEqual([0, 1, 2]);
  expect(steps('scores').at(-1)).toBe(20);
  expect(steps('traces')).toContain(20);
  expect(steps('finished')).toEqual([20]);
  expect(reports.some(({ type }) => type === 'landscape')).toBe(true);
  expect(tf.memory().numTensors).toBe(before);
});

test('the same settings give the same numbers', async () => {
  const run = async () => {
    const scores: unknown[] = [];
    await train(data, { ...settings, saspLambda: 0.1 }, createTempo(false), (report) => {
      if (report.type === 'scores') {
        scores.push(report);
      }
    });
    return scores;
  };
  expect(await run()).toEqual(await run());
});

test('a stopped run gives its memory back', async () => {
  const before = tf.memory().numTensors;
  const tempo = createTempo(false);
  let samples = 0;
  await train(data, settings, tempo, (report) => {
    samples += report.type === 'scores' ? 1 : 0;
    if (samples === 3) {
      tempo.stop();
    }
  });
  expect(samples).toBe(3);
  expect(tf.memory().numTensors).toBe(before);
});

test('a paused run waits, and goes on', async () => {
  const tempo = createTempo(true);
  const types: string[] = [];
  const run = train(data, settings, tempo, ({ type }) => types.push(type));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(types.filter((type) => type === 'scores')).toHaveLength(1);
  tempo.resume();
  await run;
  expect(types.at(-1)).toBe('finished');
});
