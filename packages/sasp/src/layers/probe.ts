import * as tf from '@tensorflow/tfjs-core';
import { type Head, softmax as softmaxOf, sumOverClasses } from '@toploss/core/kit';

/**
 * A random probe at the logits, and tr A: u = Rξ with E[ξξᵀ] = I and RRᵀ = A = ∂²ℓ/∂z², so that E[uuᵀ] = A.
 *
 * | head    | A             | u                      |
 * |---------|---------------|------------------------|
 * | softmax | diag p − ppᵀ  | √p⊙ξ − p⟨√p, ξ⟩        |
 * | sigmoid | diag s(1−s)   | √(s(1−s))⊙ξ            |
 * | linear  | I             | ξ                      |
 */
export interface Probe {
  /** [B, C] */
  readonly u: tf.Tensor;
  /** tr A: [B, 1] */
  readonly trace: tf.Tensor;
  /** The tensors that the pullback reads; all others are disposed by then. */
  readonly saved: tf.Tensor[];
  /** ∂L/∂z, from ∂L/∂u, [B, C], and ∂L/∂(tr A), [B, 1]. */
  pullback(du: tf.Tensor, dTrace: tf.Tensor, saved: readonly tf.Tensor[]): tf.Tensor;
}

function softmax(z: tf.Tensor2D, xi: tf.Tensor): Probe {
  const { p, q, isLikely, isOther } = softmaxOf(z);
  const r = tf.mul(tf.sqrt(p), xi); // √p⊙ξ
  const t = sumOverClasses(r);
  // r − p Σr; for the likely class (1−p) r − p Σ of the others, since r − p Σr loses all digits as p → 1
  const u = tf.sub(
    tf.where(isLikely, tf.mul(q, r), r),
    tf.mul(p, tf.where(isLikely, sumOverClasses(tf.mul(r, isOther)), t)),
  );
  const trace = sumOverClasses(tf.mul(p, q)); // Σ p(1−p)
  return {
    u,
    trace,
    saved: [p, q, r, t, trace, isOther],
    //     w = ½ r⊙(G − ⟨p,G⟩) − t p⊙G,   ∂/∂z = w − p Σw,   G = ∂L/∂u
    //     ∂ tr A/∂z = 2p⊙(q − tr A),   q = 1 − p
    // The first sums to 0 over the classes, which gives the likely one's entry without cancellation.
    pullback: (G, dTrace, saved) => {
      const [p, q, r, t, trace, isOther] = saved as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const pG = tf.mul(p, G);
      const w = tf.sub(tf.mul(tf.mul(0.5, r), tf.sub(G, sumOverClasses(pG))), tf.mul(t, pG));
      const others = tf.mul(tf.sub(w, tf.mul(p, sumOverClasses(w))), isOther);
      const fromU = tf.sub(others, tf.mul(tf.sub(1, isOther), sumOverClasses(others)));
      return tf.add(fromU, tf.mul(tf.mul(tf.mul(2, dTrace), p), tf.sub(q, trace)));
    },
  };
}

function sigmoid(z: tf.Tensor2D, xi: tf.Tensor): Probe {
  // √(s(1−s)) = e^(−|z|/2) / (1 + e^(−|z|)), and its derivative is −½ tanh(z/2) of it
  const half = tf.exp(tf.mul(-0.5, tf.abs(z)));
  const root = tf.div(half, tf.add(1, tf.square(half)));
  const slope = tf.mul(-0.5, tf.tanh(tf.mul(0.5, z)));
  const u = tf.mul(root, xi);
  const variances = tf.square(root);
  return {
    u,
    trace: sumOverClasses(variances),
    saved: [u, variances, slope],
    pullback: (G, dTrace, saved) => {
      const [u, variances, slope] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      return tf.mul(slope, tf.add(tf.mul(G, u), tf.mul(tf.mul(2, dTrace), variances)));
    },
  };
}

const linear = (z: tf.Tensor2D, xi: tf.Tensor): Probe => ({
  u: xi,
  trace: tf.fill([z.shape[0], 1], z.shape[1], 'float32'),
  saved: [],
  pullback: (G) => tf.zerosLike(G),
});

const probes = { softmax, sigmoid, linear };

export const probeOf = (head: Head, logits: tf.Tensor2D, xi: tf.Tensor): Probe =>
  probes[head](logits, xi);

/** ξ = √C e_c for each class c, one after another: their mean of ξξᵀ is I, with nothing left to chance. */
export const unitProbes = (batch: number, classes: number): tf.Tensor2D =>
  tf.reshape(
    tf.tile(tf.mul(Math.sqrt(classes), tf.expandDims(tf.eye(classes), 1)), [1, batch, 1]),
    [classes * batch, classes],
  );
