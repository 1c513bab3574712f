import { BETA, LAMBDA, type Penalty } from './method.js';
import { softGate } from './methods/decay.js';
import { gradientNorm } from './methods/sharpness.js';
import type { MethodName } from './methods.js';
import { dot } from './vector.js';

/** ½λ Σ aθ², differentiated through its gate too. */
const throughGate: Penalty =
  ({ loss, tensors }) =>
  (theta) => {
    const g = loss.gradient(theta);
    return tensors.reduce((sum, [from, to]) => {
      const weights = theta.slice(from, to);
      const s = weights.map((weight, k) => weight * (g[from + k] as number));
      const squares = weights.map((weight) => weight ** 2);
      return sum + (LAMBDA / 2) * dot(softGate(BETA)(s), squares);
    }, 0);
  };

/** Penalties that come to mind for a method and are not its own. */
export const LOOKALIKES = {
  'SAM, by its first order ρ‖g‖': { method: 'SAM', penalty: gradientNorm },
  'CVP, by ½λΣaθ² with a differentiated too': { method: 'CVP, soft gate', penalty: throughGate },
} satisfies Record<string, { method: MethodName; penalty: Penalty }>;

export type LookalikeName = keyof typeof LOOKALIKES;
