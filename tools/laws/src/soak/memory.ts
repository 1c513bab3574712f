import * as tf from '@tensorflow/tfjs-core';

/** What is held after so many steps, in bytes beside the number of tensors. */
export interface Sample {
  readonly steps: number;
  readonly tensors: number;
  readonly tensorBytes: number;
  readonly heap: number;
  readonly external: number;
  readonly resident: number;
}

/** After a collection of the garbage, where Node lets us ask for one (`--expose-gc`). */
export function sample(steps: number): Sample {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const { numTensors, numBytes } = tf.memory();
  return {
    ...{ steps, tensors: numTensors, tensorBytes: numBytes },
    ...{ heap: heapUsed, external, resident: rss },
  };
}

/** How much a quantity grows in a step, by least squares. */
export function slope(samples: readonly Sample[], of: keyof Sample): number {
  const mean = (f: (s: Sample) => number) =>
    samples.reduce((sum, s) => sum + f(s), 0) / samples.length;
  const [steps, value] = [mean((s) => s.steps), mean((s) => s[of])];
  return mean((s) => (s.steps - steps) * (s[of] - value)) / mean((s) => (s.steps - steps) ** 2);
}

/**
 * How many bytes a step may add. The smallest object that could be left behind at each step takes 16 on the
 * heap; the pages of the process come and go with what the collector has not yet given back.
 */
export const bounds = { heap: 10, external: 10, resident: 200 } as const;

/** What grew. */
export function growth(samples: readonly Sample[]): string[] {
  const [first] = samples as [Sample];
  const tensors = (['tensors', 'tensorBytes'] as const)
    .filter((of) => samples.some((s) => s[of] !== first[of]))
    .map((of) => `${of}: ${samples.map((s) => s[of]).join(', ')}`);
  const bytes = Object.entries(bounds)
    .map(([of, bound]) => ({ of, bound, grows: slope(samples, of as keyof Sample) }))
    .filter(({ grows, bound }) => grows > bound)
    .map(({ of, bound, grows }) => `${of}: ${grows.toFixed(1)} bytes a step, more than ${bound}`);
  return [...tensors, ...bytes];
}
