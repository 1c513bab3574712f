import { jacobian } from './differences.js';
import type { Field, Vector } from './vector.js';

/** ‖J − Jᵀ‖/‖J‖, in Frobenius' norm: 0 for gradients, √2 on average for a J of random numbers, at most 2. */
export function curl(f: Field, theta: Vector): number {
  const J = jacobian(f, theta);
  let [skew, all] = [0, 0];
  for (const [row, values] of J.entries()) {
    for (const [column, value] of values.entries()) {
      skew += (value - (J[column]?.[row] as number)) ** 2;
      all += value ** 2;
    }
  }
  return Math.sqrt(skew / all);
}
