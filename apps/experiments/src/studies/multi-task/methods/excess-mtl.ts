import * as tf from '@tensorflow/tfjs-core';
import {
  applyWeighted,
  type Step,
  type TaskGradients,
  type Training,
  taskGradients,
} from './step.js';

/**
 * ExcessMTL: a task counts the more the farther its loss is from what training can reach, to first order, with the
 * Hessian from the history of the gradients; by the shared parameters.
 *
 *     rₜ = Σ g²/√(Σ_history g² + 1e-7),   wₜ ← wₜ exp(η rₜ/rₜ(first step)),   Σ w = 1
 *
 * The first step is taken with equal weights.
 *
 * @see He et al., https://arxiv.org/abs/2402.02009
 */
export function excessMtl({ step }: { step: number }, training: Training): Step {
  const histories: [tf.Tensor[], tf.Tensor[]] = [[], []];
  let first: number[] | undefined;
  let share = 0.5;

  /** rₜ, with this step in the history. */
  const excess = ({ shared }: TaskGradients, task: number): number => {
    const before = histories[task as 0 | 1];
    const history = shared.map((g, k) => {
      const square = tf.square(g);
      return tf.keep(before[k] ? tf.add(before[k], square) : square);
    });
    tf.dispose(before);
    histories[task as 0 | 1] = history;
    const parts = shared.map((g, k) =>
      tf.sum(tf.div(tf.square(g), tf.sqrt(tf.add(history[k] as tf.Tensor, 1e-7)))),
    );
    return tf.addN(parts).dataSync()[0] as number;
  };

  return {
    take: (batch) =>
      tf.tidy(() => {
        const gradients = taskGradients(training, batch);
        const found = gradients.map(excess);
        if (first === undefined) {
          first = found;
        } else {
          const [clean, noisy] = found.map((r, t) => r / (first?.[t] as number)) as [
            number,
            number,
          ];
          share = 1 / (1 + ((1 - share) / share) * Math.exp(step * (noisy - clean)));
        }
        applyWeighted(training, gradients, [share, 1 - share]);
        return share;
      }),
    dispose: () => tf.dispose(histories),
  };
}
