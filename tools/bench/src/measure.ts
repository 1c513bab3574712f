import * as tf from '@tensorflow/tfjs-core';
import type { Arms } from './arms/arms.js';
import { median, quantile } from './statistics.js';

/** What an arm costs, as a multiple of the first arm in the same round. */
export interface Ratio {
  median: number;
  /** Quartiles over the rounds. */
  low: number;
  high: number;
}

export interface Measurement {
  rounds: number;
  /** Of each arm, in a round. */
  steps: number;
  /** A step of the first arm, median. */
  milliseconds: number;
  /** By arm. */
  ratios: Record<string, Ratio>;
}

export interface Settings {
  /** How long to measure, when all is warm. */
  seconds: number;
  /** A sample is a multiple of so many steps. */
  period: number;
  /** Seconds that the fewest rounds may take. */
  patience: number;
}

/** The fewest rounds would take longer than the patience there is. */
export class TooLong extends Error {}

/** The milliseconds of a sample, by arm. */
export type Round = Record<string, number>;

const FEWEST_ROUNDS = 7;

/** Milliseconds: the clock, cold caches and the wait for a device are little beside that. */
const SAMPLE = 20;

/**
 * Times arms in interleaved rounds, some steps of each arm in a round, and compares within the round: what slows
 * the machine down for longer than a round slows all of them. The order in a round is random, so that no arm
 * always follows the same one.
 */
export async function measure(arms: Arms, settings: Settings): Promise<Measurement> {
  const { seconds, period, patience } = settings;
  const names = Object.keys(arms);
  const time = (name: string, steps: number) => sample(arms[name] as () => void, steps);
  const [first] = names as [string];

  await time(first, period); // compiles, and makes the averages of the optimizer
  let steps = period;
  let milliseconds = await time(first, steps);
  while (milliseconds < SAMPLE) {
    steps *= 2;
    milliseconds = await time(first, steps);
  }
  const expected = (FEWEST_ROUNDS * names.length * milliseconds) / 1000;
  if (expected > patience) {
    throw new TooLong(`${FEWEST_ROUNDS} rounds would take ${expected.toFixed(0)} s or more`);
  }

  const round = async () => {
    const times: Round = {};
    for (const name of shuffled(names)) {
      times[name] = await time(name, steps);
    }
    return times;
  };
  await round();
  const rounds: Round[] = [];
  const end = performance.now() + 1000 * seconds;
  while (rounds.length < FEWEST_ROUNDS || performance.now() < end) {
    rounds.push(await round());
  }
  return summary(names, rounds, steps);
}

export function summary(
  names: readonly string[],
  rounds: readonly Round[],
  steps: number,
): Measurement {
  const [first] = names as [string];
  const timesOf = (name: string) => rounds.map((times) => times[name] as number);
  const ratios = names.map((name): [string, Ratio] => {
    const relative = rounds.map((times) => (times[name] as number) / (times[first] as number));
    return [
      name,
      { low: quantile(relative, 0.25), median: median(relative), high: quantile(relative, 0.75) },
    ];
  });
  return {
    rounds: rounds.length,
    steps,
    milliseconds: median(timesOf(first)) / steps,
    ratios: Object.fromEntries(ratios),
  };
}

async function sample(step: () => void, steps: number): Promise<number> {
  globalThis.gc?.({ type: 'minor' }); // so that no arm pays for the garbage of the one before
  const start = performance.now();
  tf.tidy(() => {
    for (let k = 0; k < steps; k++) {
      step();
    }
  });
  await finished();
  return performance.now() - start;
}

/** A device works ahead of us, but in order: when its last number is there, all is done. */
async function finished(): Promise<void> {
  if (!computesAtOnce()) {
    const last = tf.fill([1], 0);
    await last.data();
    last.dispose();
  }
}

export const computesAtOnce = (): boolean => ['cpu', 'wasm'].includes(tf.getBackend());

function shuffled<T>(values: readonly T[]): T[] {
  const copy = [...values];
  tf.util.shuffle(copy);
  return copy;
}
