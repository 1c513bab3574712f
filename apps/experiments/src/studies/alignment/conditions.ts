import type { Problem } from './task.js';

/**
 * What is trained, by its name in the tables. The learning rates are those of 2e-3, 5e-3, 1e-2 and 2e-2 with
 * which Adam alone had the least validation loss on the single tasks, under the seeds 101 to 103.
 */
export const CONDITIONS = {
  digits: { data: 'digits', steps: [400], batch: 16, rate: 5e-3 },
  'a language': { data: 'languages', steps: [400], batch: 32, rate: 1e-2 },
  'digits 0–4, then 5–9': { data: 'digits', steps: [300, 100], batch: 16, rate: 5e-3 },
  'one language, then another': { data: 'languages', steps: [300, 200], batch: 32, rate: 1e-2 },
} satisfies Record<string, Problem>;

export type Condition = keyof typeof CONDITIONS;

/** The losses are recorded so often in each task, besides once before the first step. */
export const RECORDS = 20;

/** The numbers of steps after which the losses are recorded. */
export function recordedSteps(steps: readonly number[]): number[] {
  let before = 0;
  return [
    0,
    ...steps.flatMap((count) => {
      const start = before;
      before += count;
      return Array.from({ length: RECORDS }, (_, k) => start + ((k + 1) * count) / RECORDS);
    }),
  ];
}
