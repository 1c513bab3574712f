import type { Vector } from './vector.js';

/** A function with its derivatives in closed form. */
export interface Objective {
  value(theta: Vector): number;
  gradient(theta: Vector): number[];
  /** ∇²L v */
  hessianProduct(theta: Vector, v: Vector): number[];
}

export interface Example {
  x: Vector;
  /** One-hot. */
  y: Vector;
}

/** Of one example: h = tanh(W₁ᵀx + b₁), p = softmax(W₂ᵀh + b₂). */
export interface Pass {
  h: number[];
  p: number[];
}

/** A function of the hidden features and the prediction, with its derivatives by the logits and the features. */
export interface Head {
  value(pass: Pass, example: Example): number;
  gradient(pass: Pass, example: Example): { dz: Vector; dh: Vector };
}

/** A two-layer net of float64, 2-3-2, with tanh and softmax. */
export interface Network {
  examples: readonly Example[];
  /** The mean of a head over the examples, and its gradient by θ. */
  mean(head: Head): Pick<Objective, 'value' | 'gradient'>;
  /** The same net on inputs that are shifted, each by a vector of its own. */
  shifted(noise: readonly Vector[]): Network;
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

export function netOf({ network }: Problem): Network {
  if (network === undefined) {
    throw new Error('correspondence: expected a problem with a network');
  }
  return network;
}
