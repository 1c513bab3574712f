import * as tf from '@tensorflow/tfjs-core';
import { at, type Direction, normOf, plus, scaled } from '../direction.js';
import { descend, gradient, normalized } from './sam.js';
import { crossEntropy, type Step, type Training } from './step.js';

export interface XsamOptions {
  rho: number;
  /** α is searched at the first step and at every k-th after it. The authors do so once an epoch. */
  every: number;
}

/** ρ_max/ρ and the values of α, as in the authors' code. */
const REACH = 2;
const ALPHAS = Array.from({ length: 21 }, (_, k) => k / 10);

/**
 * Explicit sharpness-aware minimization with a single ascent. The gradient g₀ at θ and the gradient g₁ at
 * θ + ρ g₀/‖g₀‖, both normalized to v₀ and v₁, span an arc
 *
 *     v(α) = (sin((1 − α) ψ) v₀ + sin(α ψ) v₁) / sin ψ,   ψ = arccos ⟨v₀, v₁⟩
 *
 * on which the direction of the largest loss at the distance ρ_max from θ is looked for; ‖g₁‖ v(α) is what the
 * optimizer gets. α = 1 is SAM.
 *
 * @see Chen & Zhou, https://arxiv.org/abs/2603.10048, and their code, https://github.com/Cccjl219/XSAM
 */
export function xsam({ rho, every }: XsamOptions, training: Training): Step {
  const { network } = training;
  let [alpha, step] = [1, 0];
  return {
    take: (batch) =>
      tf.tidy(() => {
        const v0 = normalized(gradient(training, batch));
        const g1 = at(network, scaled(rho, v0), () => gradient(training, batch));
        const v = arc(v0, normalized(g1));
        if (step++ % every === 0) {
          const loss = () => crossEntropy(network, batch).dataSync()[0] as number;
          alpha = highest(ALPHAS, (candidate) =>
            tf.tidy(() => at(network, scaled(REACH * rho, v(candidate)), loss)),
          );
        }
        descend(training, scaled(normOf(g1), v(alpha)));
      }),
  };
}

/** From one unit vector, at 0, to another, at 1, and beyond. */
export function arc(v0: Direction, v1: Direction): (alpha: number) => Direction {
  const products = v0.map((x, k) => tf.sum(tf.mul(x, v1[k] as tf.Tensor)));
  const cosine = tf.addN(products).dataSync()[0] as number;
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const sine = Math.sin(angle);
  return (alpha) => {
    // Where the two are one, the authors take their middle
    const [a, b] =
      sine < 1e-8
        ? [0.5, 0.5]
        : [Math.sin((1 - alpha) * angle) / sine, Math.sin(alpha * angle) / sine];
    return plus(scaled(a, v0), scaled(b, v1));
  };
}

/** The first of those with the largest value. */
function highest(candidates: readonly number[], f: (candidate: number) => number): number {
  const values = candidates.map(f);
  return candidates[values.indexOf(Math.max(...values))] as number;
}
