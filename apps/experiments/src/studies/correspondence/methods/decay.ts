import { LAMBDA, type Method } from '../method.js';
import type { Problem } from '../problem.js';
import { dot, norm, scale, type Vector } from '../vector.js';

/** c = λθ, Φ = ½λ‖θ‖² */
export const l2: Method = {
  correction: () => (theta) => scale(LAMBDA, theta),
  penalty: () => (theta) => (LAMBDA / 2) * dot(theta, theta),
};

/** c = λ a⊙θ over the tensors that are decayed, each with its gate a of s = θ⊙g. */
export function gatedDecay(
  { tensors }: Problem,
  g: Vector,
  theta: Vector,
  gate: (s: Vector) => Vector,
): number[] {
  const decay = theta.map(() => 0);
  for (const [from, to] of tensors) {
    const weights = theta.slice(from, to);
    const a = gate(weights.map((weight, k) => weight * (g[from + k] as number)));
    for (const [k, weight] of weights.entries()) {
      decay[from + k] = LAMBDA * (a[k] as number) * weight;
    }
  }
  return decay;
}

/** a = σ(βs/rms(s)) */
export const softGate =
  (beta: number) =>
  (s: Vector): Vector => {
    const rms = norm(s) / Math.sqrt(s.length);
    return s.map((value) => 1 / (1 + Math.exp((-beta * value) / rms)));
  };

/** Cautious Weight Decay's 1[θ⊙g ≥ 0]. */
export const hardGate = (s: Vector): Vector => s.map((value) => Number(value >= 0));

export const decay = (gate: (s: Vector) => Vector): Method => ({
  correction: (problem) => (theta) =>
    gatedDecay(problem, problem.loss.gradient(theta), theta, gate),
});
