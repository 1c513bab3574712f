import * as tf from '@tensorflow/tfjs-core';
import { withPullback } from '@toploss/core';
import { type Head, heads } from '../heads.js';

const sumOverClasses = (x: tf.Tensor) => tf.sum(x, 1, true);

function softmax(z: tf.Tensor2D, xi: tf.Tensor): tf.Tensor {
  return withPullback([z], () => {
    const logP = tf.logSoftmax(z);
    const p = tf.exp(logP);
    const r = tf.mul(tf.exp(tf.mul(0.5, logP)), xi); // √p⊙ξ

    // As p → 1, r − p Σr keeps no digit. At most one class has p > ½; there it is r(1−p) − p Σ_{others} r.
    const isLikely = tf.greater(p, 0.5);
    const q = sumOverOthers(p, isLikely); // 1 − p of that class
    const t = sumOverClasses(r);
    const u = tf.where(
      isLikely,
      tf.sub(tf.mul(q, r), tf.mul(p, sumOverOthers(r, isLikely))),
      tf.sub(r, tf.mul(p, t)),
    );

    //     w = ½ r⊙(G − ⟨p,G⟩) − t p⊙G,   ∂/∂z = w − p Σw,   G = ∂/∂u
    // whose entries sum to 0, which gives that of the likely class without cancellation.
    return {
      value: u,
      saved: [p, r, t],
      pullback: (G, saved) => {
        const [p, r, t] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const pG = tf.mul(p, G);
        const w = tf.sub(tf.mul(tf.mul(0.5, r), tf.sub(G, sumOverClasses(pG))), tf.mul(t, pG));
        const dz = tf.sub(w, tf.mul(p, sumOverClasses(w)));
        const isLikely = tf.greater(p, 0.5);
        return [tf.where(isLikely, tf.neg(sumOverOthers(dz, isLikely)), dz)];
      },
    };
  });
}

const sumOverOthers = (x: tf.Tensor, isLikely: tf.Tensor) =>
  sumOverClasses(tf.where(isLikely, tf.zerosLike(x), x));

function sigmoid(z: tf.Tensor2D, xi: tf.Tensor): tf.Tensor {
  return withPullback([z], () => {
    // √(s(1−s)) = e^(−|z|/2) / (1 + e^(−|z|)), and its derivative is −½ tanh(z/2) of it
    const half = tf.exp(tf.mul(-0.5, tf.abs(z)));
    const u = tf.mul(tf.div(half, tf.add(1, tf.square(half))), xi);
    return {
      value: u,
      saved: [z, u],
      pullback: (G, saved) => {
        const [z, u] = saved as [tf.Tensor, tf.Tensor];
        return [tf.mul(tf.mul(G, u), tf.mul(-0.5, tf.tanh(tf.mul(0.5, z))))];
      },
    };
  });
}

const linear = (_: tf.Tensor2D, xi: tf.Tensor): tf.Tensor => xi;

const probes = { softmax, sigmoid, linear };

/**
 * u = Rξ, where RRᵀ = A = ∂²ℓ/∂z²: what a random vector ξ with E[ξξᵀ] = I becomes at the logits, so that
 * E[uuᵀ] = A.
 *
 * | head    | A             | u                      |
 * |---------|---------------|------------------------|
 * | softmax | diag p − ppᵀ  | √p⊙ξ − p⟨√p, ξ⟩        |
 * | sigmoid | diag s(1−s)   | √(s(1−s))⊙ξ            |
 * | linear  | I             | ξ                      |
 *
 * Differentiated by the logits; ξ is constant.
 */
export function probeLogits(head: Head, logits: tf.Tensor2D, xi: tf.Tensor): tf.Tensor {
  return probes[head](logits, xi);
}

/** tr A of every example: [B]. */
export function curvatureTrace(head: Head, logits: tf.Tensor2D): tf.Tensor {
  return withPullback([logits], () => {
    // A depends on no target; any will do.
    const { size, gradient } = heads[head](logits, tf.zerosLike(logits)).hessian();
    return {
      value: tf.squeeze(size, [1]),
      saved: [gradient],
      pullback: (dy, [gradient]) => [tf.mul(tf.expandDims(dy, 1), gradient as tf.Tensor)],
    };
  });
}
