import { type Method, type Penalty, RHO } from '../method.js';
import { add, norm, scale } from '../vector.js';

/** ρ‖g‖ */
export const gradientNorm: Penalty =
  ({ loss }) =>
  (theta) =>
    RHO * norm(loss.gradient(theta));

/** c = ρHg/‖g‖, Φ = ρ‖g‖: SAM's step to first order in ρ. */
export const firstOrderSam: Method = {
  correction:
    ({ loss }) =>
    (theta) => {
      const g = loss.gradient(theta);
      return scale(RHO / norm(g), loss.hessianProduct(theta, g));
    },
  penalty: gradientNorm,
};

/** c = g(θ + ρg/‖g‖) − g(θ). On a quadratic that is the first order; elsewhere no Φ has this gradient. */
export const sam: Method = {
  correction:
    ({ loss }) =>
    (theta) => {
      const g = loss.gradient(theta);
      return add(loss.gradient(add(theta, g, RHO / norm(g))), g, -1);
    },
};
