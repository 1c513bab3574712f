import type { Problem } from './problem.js';
import type { Field, Vector } from './vector.js';

/**
 * What an optimizer adds to the gradient, u = −η(g + c(θ)), and the penalty of which it is the gradient, where there
 * is one. `slow` is the average of the gradients that some remember: a constant of the step.
 */
export interface Method {
  correction(problem: Problem, slow: Vector): Field;
  /** Φ with ∇Φ = c. */
  penalty?(problem: Problem, slow: Vector): (theta: Vector) => number;
  /** Not for quadratics. */
  needsNetwork?: true;
  /** c jumps: it has no derivative everywhere. */
  jumps?: true;
  /** A field over θ and the average, which is no constant then; it has no iterates of its own. */
  onExtendedState?: true;
}

export type Penalty = NonNullable<Method['penalty']>;

export const LAMBDA = 0.1;
export const RHO = 0.05;
/** Of the soft gate. */
export const BETA = 5;
/** Of the average: what is kept in a step, and how much of it is added. */
export const MU = 0.9;
export const ALPHA = 2;
