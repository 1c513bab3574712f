import { mean } from '../../statistics/mean.js';
import type { ArmResults, StudyResults } from '../../study.js';
import { type Condition, RECORDS } from './conditions.js';

/** The losses of a task over the steps, for each seed. */
export const courses = (arm: ArmResults, task: 'A' | 'B'): number[][] =>
  arm.test[`steps${task}`] as number[][];

/** The results of a condition, and what follows from the losses over the steps. */
export function withCourse(results: StudyResults, condition: Condition): StudyResults {
  const arms = results.filter((arm) => arm.condition === condition);
  return arms.some((arm) => 'stepsB' in arm.test) ? withForgetting(arms) : arms.map(withMean);
}

/** `courseA`: the mean over the records after the start, for how fast it is learned. */
function withMean(arm: ArmResults): ArmResults {
  const courseA = courses(arm, 'A').map((losses) => mean(losses.slice(1)));
  return { ...arm, test: { ...arm.test, courseA } };
}

/**
 * `switchA`: the loss on A at the switch; `forgotten`: by how much it is higher at the end; `alike`: what it is when B is
 * learned as well as, under the same seed, all of the arms get to.
 */
function withForgetting(arms: readonly ArmResults[]): ArmResults[] {
  const after = (arm: ArmResults, task: 'A' | 'B') =>
    courses(arm, task).map((losses) => losses.slice(RECORDS));
  const reached = arms.map((arm) => after(arm, 'B').map((losses) => Math.min(...losses)));
  const levels = (reached[0] as number[]).map((_, seed) =>
    Math.max(...reached.map((ofSeeds) => ofSeeds[seed] as number)),
  );
  return arms.map((arm) => {
    const [a, b] = [after(arm, 'A'), after(arm, 'B')];
    const switchA = a.map((losses) => losses[0] as number);
    const forgotten = a.map((losses) => (losses.at(-1) as number) - (losses[0] as number));
    const alike = a.map((losses, seed) =>
      whenReached(losses, b[seed] as number[], levels[seed] as number),
    );
    return { ...arm, test: { ...arm.test, switchA, forgotten, alike } };
  });
}

/** The loss on A where the one on B first comes down to the level, straight between two records. */
export function whenReached(a: readonly number[], b: readonly number[], level: number): number {
  const k = b.findIndex((loss) => loss <= level);
  if (k <= 0) {
    return a.at(k) as number; // at once, or not at all
  }
  const [a0, a1, b0, b1] = [a[k - 1], a[k], b[k - 1], b[k]] as [number, number, number, number];
  return a0 + ((b0 - level) / (b0 - b1)) * (a1 - a0);
}
