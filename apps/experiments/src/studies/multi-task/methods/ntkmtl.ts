import * as tf from '@tensorflow/tfjs-core';
import {
  applyWeighted,
  type Step,
  type TaskGradients,
  type Training,
  taskGradients,
} from './step.js';

/**
 * NTKMTL with n = 1, the form of the authors' experiments: the kernel of a task is one number, the squared norm
 * of its gradient by the shared parameters.
 *
 *     κₜ = ‖∂ℓₜ/∂shared‖²,   wₜ ∝ (Σκ/κₜ)^p,   p = ½ in the paper
 *
 * Here the weights sum to 1, as those of the other methods do; Adam does not see the difference.
 *
 * @see Qin et al., https://arxiv.org/abs/2510.18258
 */
export function ntkmtl({ exponent }: { exponent: number }, training: Training): Step {
  return {
    take: (batch) =>
      tf.tidy(() => {
        const gradients = taskGradients(training, batch);
        const [clean, noisy] = gradients.map(squaredNorm) as [number, number];
        // wₜ ∝ κₜ^(−p): of two weights, the first is 1/(1 + (κ₀/κ₁)^p)
        const share = 1 / (1 + (clean / noisy) ** exponent);
        applyWeighted(training, gradients, [share, 1 - share]);
        return share;
      }),
  };
}

const squaredNorm = ({ shared }: TaskGradients): number =>
  tf.addN(shared.map((g) => tf.sum(tf.square(g)))).dataSync()[0] as number;
