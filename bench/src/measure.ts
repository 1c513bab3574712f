import type { Arms } from './arms.js';

/** What an arm costs, as a multiple of the first arm in the same round. */
export interface Ratio {
  median: number;
  /** Quartiles over the rounds. */
  low: number;
  high: number;
}

export interface Measurement {
  rounds: number;
  /** Median of the first arm. */
  milliseconds: number;
  /** By arm. */
  ratios: Record<string, Ratio>;
}

/**
 * Times arms in interleaved rounds, each arm once in a round, and compares within the round: what slows the
 * machine down for longer than a round slows all of them.
 */
export async function measure(arms: Arms, seconds: number): Promise<Measurement> {
  const names = Object.keys(arms);
  const time = async (name: string) => {
    const start = performance.now();
    await arms[name]?.();
    return performance.now() - start;
  };
  for (const name of names) {
    await time(name); // compiles, and makes the optimizers' averages
    await time(name);
  }
  const rounds: number[][] = [];
  const end = performance.now() + 1000 * seconds;
  while (rounds.length < 5 || performance.now() < end) {
    // Every other round backward, so that no arm always follows the same one.
    const order = rounds.length % 2 === 0 ? names : [...names].reverse();
    const times = new Map<string, number>();
    for (const name of order) {
      times.set(name, await time(name));
    }
    rounds.push(names.map((name) => times.get(name) as number));
  }
  const ratios = names.map((name, k): [string, Ratio] => {
    const relative = rounds.map((times) => (times[k] as number) / (times[0] as number));
    const [low, median, high] = [0.25, 0.5, 0.75].map((q) => quantile(relative, q));
    return [name, { low, median, high } as Ratio];
  });
  return {
    rounds: rounds.length,
    milliseconds: quantile(
      rounds.map(([first]) => first as number),
      0.5,
    ),
    ratios: Object.fromEntries(ratios),
  };
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round(q * (sorted.length - 1))] as number;
}
