import { ALPHA, LAMBDA, type Method, MU } from '../method.js';
import { add, dot, norm, scale } from '../vector.js';

/** c = α m̄ₖ = α(μ m̄ₖ₋₁ + (1−μ) g), Φ = α(1−μ) L + αμ⟨m̄ₖ₋₁, θ⟩ */
export const slowTerm: Method = {
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
export const slowTermWithMemory: Method = {
  onExtendedState: true,
  correction: (problem) => (state) => {
    const [theta, slow] = [state.slice(0, problem.start.length), state.slice(problem.start.length)];
    return [...slowTerm.correction(problem, slow)(theta), ...slow.map(() => 0)];
  },
};

/** c = λHv, Φ = λ(1 − cos(g, m̄)), v = −(m̂ − ⟨ĝ, m̂⟩ĝ)/‖g‖ */
export const alignment: Method = {
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
