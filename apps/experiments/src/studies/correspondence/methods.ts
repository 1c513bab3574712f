import { random } from '@toploss/examples/random';
import { crossEntropyOf } from './network.js';
import type { Head, Network, Objective, Problem } from './problem.js';
import { add, dot, type Field, norm, scale, type Vector } from './vector.js';

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

export const LAMBDA = 0.1;
export const RHO = 0.05;
/** Of the soft gate. */
export const BETA = 5;
/** Of the average: what is kept in a step, and how much of it is added. */
export const MU = 0.9;
export const ALPHA = 2;

/** c = λθ, Φ = ½λ‖θ‖² */
const l2: Method = {
  correction: () => (theta) => scale(LAMBDA, theta),
  penalty: () => (theta) => (LAMBDA / 2) * dot(theta, theta),
};

export type Penalty = NonNullable<Method['penalty']>;

/** ρ‖g‖ */
export const gradientNorm: Penalty =
  ({ loss }) =>
  (theta) =>
    RHO * norm(loss.gradient(theta));

/** c = ρHg/‖g‖, Φ = ρ‖g‖: SAM's step to first order in ρ. */
const firstOrderSam: Method = {
  correction:
    ({ loss }) =>
    (theta) => {
      const g = loss.gradient(theta);
      return scale(RHO / norm(g), loss.hessianProduct(theta, g));
    },
  penalty: gradientNorm,
};

/** c = g(θ + ρg/‖g‖) − g(θ). On a quadratic that is the first order; elsewhere no Φ has this gradient. */
const sam: Method = {
  correction:
    ({ loss }) =>
    (theta) => {
      const g = loss.gradient(theta);
      return add(loss.gradient(add(theta, g, RHO / norm(g))), g, -1);
    },
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

const decay = (gate: (s: Vector) => Vector): Method => ({
  correction: (problem) => (theta) =>
    gatedDecay(problem, problem.loss.gradient(theta), theta, gate),
});

/** c = Σ wₜgₜ − g, w ∝ ℓₜ/κₜ with κₜ = ‖gₜ‖²: the weighted gradient in the place of the mean. */
const nger: Method = {
  correction:
    ({ loss, tasks }) =>
    (theta) => {
      const gradients = tasks.map(({ gradient }) => gradient(theta));
      const scores = tasks.map(({ value }, t) => {
        const g = gradients[t] as Vector;
        return (value(theta) + 1e-6) / (dot(g, g) + 1e-6);
      });
      const sum = scores.reduce((a, b) => a + b);
      return gradients.reduce<number[]>(
        (c, g, t) => add(c, g, (scores[t] as number) / sum),
        scale(-1, loss.gradient(theta)),
      );
    },
};

/** c = α m̄ₖ = α(μ m̄ₖ₋₁ + (1−μ) g), Φ = α(1−μ) L + αμ⟨m̄ₖ₋₁, θ⟩ */
const slowTerm: Method = {
  correction:
    ({ loss }, slow) =>
    (theta) =>
      add(scale(ALPHA * MU, slow), loss.gradient(theta), ALPHA * (1 - MU)),
  penalty:
    ({ loss }, slow) =>
    (theta) =>
      ALPHA * (1 - MU) * loss.value(theta) + ALPHA * MU * dot(slow, theta),
};

/** The same where the average is a variable too: a field over (θ, m̄) that moves θ alone. */
const slowTermWithMemory: Method = {
  onExtendedState: true,
  correction: (problem) => (state) => {
    const [theta, slow] = [state.slice(0, problem.start.length), state.slice(problem.start.length)];
    return [...slowTerm.correction(problem, slow)(theta), ...slow.map(() => 0)];
  },
};

/** c = λHv, Φ = λ(1 − cos(g, m̄)), v = −(m̂ − ⟨ĝ, m̂⟩ĝ)/‖g‖ */
const alignment: Method = {
  correction:
    ({ loss }, slow) =>
    (theta) => {
      if (norm(slow) === 0) {
        return theta.map(() => 0); // nothing is remembered yet
      }
      const g = loss.gradient(theta);
      const [unit, direction] = [scale(1 / norm(g), g), scale(1 / norm(slow), slow)];
      const v = scale(-1 / norm(g), add(direction, unit, -dot(unit, direction)));
      return scale(LAMBDA, loss.hessianProduct(theta, v));
    },
  penalty:
    ({ loss }, slow) =>
    (theta) => {
      if (norm(slow) === 0) {
        return LAMBDA;
      }
      const g = loss.gradient(theta);
      return LAMBDA * (1 - dot(g, slow) / (norm(g) * norm(slow)));
    },
};

const size = (x: Vector) => dot(x, x);

/** ‖p − y‖²(‖h‖² + 1), the trace of the head's empirical Fisher matrix. */
export const fisherTrace: Head = {
  value: ({ h, p }, { y }) => size(add(p, y, -1)) * (size(h) + 1),
  gradient: ({ h, p }, { y }) => {
    const e = add(p, y, -1);
    const mean = dot(p, e);
    return {
      dz: p.map((value, c) => (size(h) + 1) * 2 * value * ((e[c] as number) - mean)),
      dh: scale(2 * size(e), h),
    };
  },
};

/** (1 − ‖p‖²)(‖h‖² + 1), the trace of the head's Hessian. */
export const hessianTrace: Head = {
  value: ({ h, p }) => (1 - size(p)) * (size(h) + 1),
  gradient: ({ h, p }) => ({
    dz: p.map((value) => (size(h) + 1) * -2 * value * (value - size(p))),
    dh: scale(2 * (1 - size(p)), h),
  }),
};

/** c = λ∇T in closed form, Φ = λT. */
const sasp = (head: Head): Method => ({
  needsNetwork: true,
  correction: (problem) => (theta) => scale(LAMBDA, netOf(problem).mean(head).gradient(theta)),
  penalty: (problem) => (theta) => LAMBDA * netOf(problem).mean(head).value(theta),
});

/** c = g(x + ξ) − g(x), Φ = L(x + ξ) − L(x), for noise ξ that stays. */
const neftune: Method = {
  needsNetwork: true,
  correction: (problem) => {
    const noisy = noisyLoss(problem);
    return (theta) => add(noisy.gradient(theta), problem.loss.gradient(theta), -1);
  },
  penalty: (problem) => {
    const noisy = noisyLoss(problem);
    return (theta) => noisy.value(theta) - problem.loss.value(theta);
  },
};

function noisyLoss(problem: Problem): Objective {
  const { below } = random(0, 'noise');
  const noise = netOf(problem).examples.map(({ x }) => x.map(() => 0.2 * (2 * below(2) - 1)));
  return crossEntropyOf(netOf(problem).shifted(noise));
}

function netOf({ network }: Problem): Network {
  if (network === undefined) {
    throw new Error('correspondence: expected a problem with a network');
  }
  return network;
}

/** By their names in the tables. */
export const METHODS = {
  L2: l2,
  'first-order SAM': firstOrderSam,
  'SASP, fisher': sasp(fisherTrace),
  'SASP, hessian': sasp(hessianTrace),
  'NEFTune, noise fixed': neftune,
  'AdEMAMix, average fixed': slowTerm,
  'DMTA cosine, average fixed': alignment,
  SAM: sam,
  'CVP, soft gate': decay(softGate(BETA)),
  'CWD, hard gate': { ...decay(hardGate), jumps: true },
  'NGER, weighted gradient': nger,
  'AdEMAMix, average a variable': slowTermWithMemory,
} satisfies Record<string, Method>;

export type MethodName = keyof typeof METHODS;

export const methodOf = (name: MethodName): Method => METHODS[name];
