import type { Network } from './network.js';
import type { Vector } from './vector.js';

/** A function with its derivatives in closed form. */
export interface Objective {
  value(theta: Vector): number;
  gradient(theta: Vector): number[];
  /** ∇²L v */
  hessianProduct(theta: Vector, v: Vector): number[];
}

/** What is descended on: the mean of two tasks, which a multi-task method may weigh otherwise. */
export interface Problem {
  start: Vector;
  loss: Objective;
  tasks: readonly Objective[];
  /** Where the weights that are decayed lie in θ, tensor by tensor: [from, to). */
  tensors: readonly (readonly [number, number])[];
  network?: Network;
}

export function meanOf(objectives: readonly Objective[]): Objective {
  const average = (vectors: readonly Vector[]) =>
    (vectors[0] as Vector).map(
      (_, k) => vectors.reduce((sum, x) => sum + (x[k] as number), 0) / vectors.length,
    );
  return {
    value: (theta) =>
      objectives.reduce((sum, { value }) => sum + value(theta), 0) / objectives.length,
    gradient: (theta) => average(objectives.map(({ gradient }) => gradient(theta))),
    hessianProduct: (theta, v) =>
      average(objectives.map(({ hessianProduct }) => hessianProduct(theta, v))),
  };
}
