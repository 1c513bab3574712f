import type { Method } from '../method.js';
import { add, dot, scale, type Vector } from '../vector.js';

/** c = Σ wₜgₜ − g, w ∝ ℓₜ/κₜ with κₜ = ‖gₜ‖²: the weighted gradient instead of the mean. */
export const nger: Method = {
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
