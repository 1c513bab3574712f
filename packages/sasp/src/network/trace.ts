import type * as tf from '@tensorflow/tfjs-core';
import { type Head, withPullback } from '@toploss/core/kit';
import type { Activation } from './activations.js';
import type { DenseLayer } from './layers.js';
import { loopedTrace } from './loop.js';
import { type Measure, squaredInput } from './measure.js';
import { counted, traceOfOperations } from './operations.js';

/** A hidden layer as the layer behind it sees it. */
export interface Hidden {
  /** a, its output as the layer behind it reads it, with what was dropped: [B, w] */
  input: tf.Tensor2D;
  /** What dropout multiplied it by. */
  dropout?: tf.Tensor | undefined;
  /** What φ′ is computed from where that is not a. */
  preActivation?: tf.Tensor | undefined;
  activation: Activation;
  /** W of the layer behind it: [w, fanOut] */
  kernel: tf.Tensor2D;
  /** Whether that layer has a bias. */
  includeBias?: boolean;
}

/** A stack of dense layers, and what it is measured with. */
export interface Stack {
  readonly head: Head;
  readonly logits: tf.Tensor2D;
  /** ξ: [B, C] */
  readonly xi: tf.Tensor;
  readonly first: DenseLayer;
  /** First to last. */
  readonly hidden: readonly Hidden[];
  readonly measure: Measure;
  /** 1 for the rows that count, else 0: [B, 1]; default all. */
  readonly counts?: tf.Tensor | undefined;
}

/**
 * The mean over the examples of their share in the trace of the Gauss–Newton matrix: the head's in closed form, and what a
 * probe u with E[uuᵀ] = A finds on its way back from the logits.
 *
 *     T = mean_i [ tr(A) S_{L−1} + Σ_{ℓ<L} ‖δ_ℓ‖² S_{ℓ−1} ],   S_ℓ = ‖a_ℓ‖² + 1
 *     δ_L = u,   δ_ℓ = φ′(s_ℓ) ⊙ W_{ℓ+1}ᵀ δ_{ℓ+1};   relative: ρ²_{ℓ+1}‖a_ℓ‖² for S_ℓ
 *
 * It is back-propagation written in forward operations, so that a first derivative is all that training needs. With
 * c = (∂L/∂T)/B, the way back of the way back runs from the first layer to the logits:
 *
 *     D_1 = 2c S_0 δ_1,   M_ℓ = D_ℓ ⊙ φ′_ℓ,   D_{ℓ+1} = M_ℓ W_{ℓ+1} + 2c S_ℓ δ_{ℓ+1}
 *     ∂/∂W_{ℓ+1} = M_ℓᵀ δ_{ℓ+1},   ∂/∂a_ℓ = 2c ‖δ_{ℓ+1}‖² a_ℓ,   ∂/∂x_ℓ = D_ℓ ⊙ m_ℓ ⊙ dφ′/dx
 *     relative: ρ²_{ℓ+1}‖a_ℓ‖² for S_ℓ, and ∂/∂a_ℓ = 2c ρ²_{ℓ+1} ‖δ_{ℓ+1}‖² a_ℓ
 *
 * where m_ℓ = W_{ℓ+1}ᵀ δ_{ℓ+1} and x is what φ′ is read from; at the head tr A stands for ‖δ_L‖².
 */
export function meanTrace(stack: Stack): tf.Scalar {
  const { logits, hidden } = stack;
  // Apart, as nothing there is to be differentiated where that input is data.
  const first = counted(squaredInput(stack.first, stack.measure), stack.counts);
  const layers = hidden.flatMap(({ input, kernel }) => [input, kernel]);
  const preActivations = hidden.flatMap(({ preActivation }) => preActivation ?? []);
  return withPullback(
    [logits, first, ...layers, ...preActivations],
    () => loopedTrace(stack, first) ?? traceOfOperations(stack, first),
  );
}

/** T, and the gradients by the logits, S of the first layer, inputs and kernels of the others, and pre-activations. */
export interface Traced {
  readonly value: tf.Scalar;
  readonly saved: tf.Tensor[];
  pullback(dy: tf.Scalar, saved: tf.Tensor[]): tf.Tensor[];
}
