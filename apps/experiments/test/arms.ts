import { expect, it } from 'vitest';
import type { Arm } from '../src/study.js';

/** What holds for the arms of every study that tunes one number of each method. */
export function itsArms(all: readonly Omit<Arm<unknown>, 'beyond'>[], budget: number): void {
  it('are plain data, so that they can be stored and sent', () => {
    const settings = all.flatMap(({ candidates }) => candidates.map(({ setting }) => setting));
    expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
  });

  it('have the same budget, with the plain setting among it', () => {
    const tuned = all.filter(({ candidates }) => candidates.length > 1);
    expect(tuned.length).toBeGreaterThan(0);
    for (const { condition, candidates } of tuned) {
      const plain = all.find((arm) => arm.condition === condition && arm.name === 'plain');
      expect(candidates).toHaveLength(budget);
      expect(candidates[0]?.setting).toBe(plain?.candidates[0]?.setting);
    }
  });
}
