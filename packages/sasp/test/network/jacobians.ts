import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';

/** z of a batch, [B, …, C], from plain operations of tfjs. */
export type Model = (x: tf.Tensor, params: readonly tf.Tensor[]) => tf.Tensor;

/** How each parameter is measured in the relative trace: by ρ, its root mean square, and a bias not at all. */
export const sizesOf = (params: readonly tf.Tensor[]): number[] =>
  params.map((p) => {
    const values = Array.from(p.dataSync());
    return p.rank < 2 ? 0 : Math.sqrt(values.reduce((sum, w) => sum + w * w, 0) / values.length);
  });

/**
 * The trace of the Gauss–Newton matrix from its definition, mean_i tr(DJᵢᵀAᵢJᵢD), by a Jacobian for every row of the
 * logits: one gradient for each class, by tfjs' own differentiation of the model, of the whole batch.
 *
 * @param sizes D, a number for each parameter.
 */
export function traceByJacobians(
  model: Model,
  x: tf.Tensor,
  params: readonly tf.Tensor[],
  head: Head,
  sizes: readonly number[] = params.map(() => 1),
): number {
  const logits = (theta: readonly tf.Tensor[]) => {
    const z = model(x, theta);
    return tf.reshape(z, [-1, z.shape.at(-1) as number]) as tf.Tensor2D;
  };
  const rows = tf.tidy(() => logits(params).arraySync());
  const traces = rows.map((z, i) =>
    tf.tidy(() => {
      const J = z.map((_, c) => {
        const logit = (...theta: tf.Tensor[]) =>
          tf.sum(tf.slice(logits(theta), [i, c], [1, 1])) as tf.Scalar;
        return tf
          .grads(logit)([...params])
          .flatMap((grad, k) => Array.from(grad.dataSync(), (g) => g * (sizes[k] as number)));
      });
      const A = curvature(head, z);
      const inner = (c: number, d: number) =>
        (J[c] as number[]).reduce((sum, g, k) => sum + g * (J[d]?.[k] as number), 0);
      return z.reduce<number>(
        (sum, _, c) =>
          sum + z.reduce<number>((row, _, d) => row + (A(c, d) as number) * inner(c, d), 0),
        0,
      );
    }),
  ) as number[];
  return traces.reduce((sum, trace) => sum + trace) / rows.length;
}

/** A = ∂²ℓ/∂z², entry by entry. */
function curvature(head: Head, z: readonly number[]): (c: number, d: number) => number {
  if (head === 'linear') {
    return (c, d) => (c === d ? 1 : 0);
  }
  if (head === 'sigmoid') {
    const s = z.map((x) => 1 / (1 + Math.exp(-x)));
    return (c, d) => (c === d ? (s[c] as number) * (1 - (s[c] as number)) : 0);
  }
  const exps = z.map(Math.exp);
  const p = exps.map((x) => x / exps.reduce((a, b) => a + b));
  return (c, d) => (c === d ? (p[c] as number) : 0) - (p[c] as number) * (p[d] as number);
}
