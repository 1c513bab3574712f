import { jacobian } from './differences.js';
import { type Method, MU } from './method.js';
import type { Problem } from './problem.js';
import { add, dot, norm, scale, type Vector } from './vector.js';

export const RATE = 0.05;
export const STEPS = 200;

/** θ₀, θ₁, … of u = −η(g + c(θ)), the optimizer's own update. */
export function byOptimizer(method: Method, problem: Problem, steps: number): Vector[] {
  return iterates(problem, steps, (theta, slow) => {
    const g = problem.loss.gradient(theta);
    return { g, direction: add(g, method.correction(problem, slow)(theta)) };
  });
}

/**
 * θ₀, θ₁, … of descent on the scalar L + Φ. The penalty is known by its values alone and is differentiated by
 * differences, so that nothing of c is used but where Φ does not exist: there it is the surrogate ⟨sg c(θₖ), θ⟩.
 */
export function byPenalty(method: Method, problem: Problem, steps: number): Vector[] {
  return iterates(problem, steps, (theta, slow) => {
    const frozen = method.penalty ? undefined : method.correction(problem, slow)(theta);
    const penalty = method.penalty?.(problem, slow) ?? ((x: Vector) => dot(frozen as Vector, x));
    const rows = jacobian((x) => [problem.loss.value(x), penalty(x)], theta);
    const [g, ofPenalty] = rows as [number[], number[]];
    return { g, direction: add(g, ofPenalty) };
  });
}

/** m̄ₖ = μ m̄ₖ₋₁ + (1−μ) gₖ goes along, for those that remember. */
function iterates(
  { start }: Problem,
  steps: number,
  stepAt: (theta: Vector, slow: Vector) => { g: Vector; direction: Vector },
): Vector[] {
  let slow: Vector = start.map(() => 0);
  const path: Vector[] = [start];
  for (let k = 0; k < steps; k++) {
    const theta = path[k] as Vector;
    const { g, direction } = stepAt(theta, slow);
    path.push(add(theta, direction, -RATE));
    slow = add(scale(MU, slow), g, 1 - MU);
  }
  return path;
}

/** The largest ‖θₖ − θ′ₖ‖/‖θₖ‖. */
export const largestDifference = (path: readonly Vector[], other: readonly Vector[]): number =>
  Math.max(...path.map((theta, k) => norm(add(theta, other[k] as Vector, -1)) / norm(theta)));
