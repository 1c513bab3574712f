import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digitData } from '../src/data/digits.js';
import { planeData } from '../src/data/plane.js';
import { initialOn } from '../src/settings/suited.js';
import { initial, type Settings, table } from '../src/settings/table.js';
import { createRace } from '../src/training/race.js';
import { scoresOf } from '../src/training/scores.js';

// The initial settings of the page on each of its data sets, trained by the worker's own code to the step where
// the page stops. SEEDS=50 takes every seed of the slider: the command is in the README.
const seeds = table.seed.values.slice(0, Number(process.env.SEEDS ?? 3));
const names = Object.keys(table.data.options) as Settings['data'][];
/** With penalties, the test accuracy may be this much lower: ten of the thousand test points. */
const POINT = 0.01;

const digits = JSON.parse(
  readFileSync(new URL('../../examples/data/digits.json', import.meta.url), 'utf8'),
);

const dataOf = ({ data, examples, noise, seed }: Settings) =>
  data === 'digits'
    ? digitData(digits, examples, noise, seed)
    : planeData(data, examples, noise, seed);

let before: string;
beforeAll(async () => {
  before = tf.getBackend();
  await tf.setBackend(initial.backend);
});
afterAll(() => tf.setBackend(before));

/** Test accuracy at the last step, without and with penalties. */
async function accuracies(settings: Settings): Promise<readonly [number, number]> {
  const race = createRace(dataOf(settings), settings);
  race.advance(settings.steps);
  const [plain, penalized] = await scoresOf(race);
  race.dispose();
  return [plain.accuracy, penalized.accuracy];
}

test.each(names)(
  '%s: penalties cost at most a point of accuracy with any seed, and gain in the median',
  async (data) => {
    const gains: number[] = [];
    for (const seed of seeds) {
      const [plain, penalized] = await accuracies({ ...initialOn(data), seed });
      gains.push(penalized - plain);
      console.log(
        `${data}, seed ${seed}: plain ${percent(plain)}, with penalties ${percent(penalized)}`,
      );
    }
    const sorted = gains.sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] as number;
    console.log(
      `${data}: gain ${percent(sorted[0] as number)} to ${percent(sorted.at(-1) as number)}, median ${percent(median)}`,
    );
    expect(sorted[0]).toBeGreaterThanOrEqual(-POINT);
    expect(median).toBeGreaterThan(0);
  },
  60 * 60_000,
);

const percent = (x: number) => `${(100 * x).toFixed(1)} %`;
