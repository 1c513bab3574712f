import * as tf from '@tensorflow/tfjs-core';
import { addAll, withPullback } from '@toploss/core/kit';
import { regroup } from './groups.js';
import { hostTrace } from './loop.js';
import { sharesOfOperations, squaredInput, squaresOfRows } from './measure.js';
import { probeOf } from './probe.js';
import { products } from './products.js';
import { traceByPrograms } from './program.js';
import { slopesOf } from './slopes.js';
import { argumentsOf, type Hidden, type Stack, type Traced } from './stack.js';

/**
 * The trace of the Gauss–Newton matrix, as a mean over the examples: the last layer's share in closed form, the others' by
 * a random probe u with E[uuᵀ] = A that goes back from the logits.
 *
 *     T = mean_i [ tr(A) S_{L−1} + Σ_{ℓ<L} ‖δ_ℓ‖² S_{ℓ−1} ],   S_ℓ = ‖a_ℓ‖² + 1
 *     δ_L = u,   δ_ℓ = φ′(s_ℓ) ⊙ W_{ℓ+1}ᵀ δ_{ℓ+1};   relative: ρ²_{ℓ+1}‖a_ℓ‖² for S_ℓ
 *
 * This is back-propagation in forward operations, so training needs first derivatives only. With c = (∂L/∂T)/B, the
 * gradient runs from the first layer to the logits:
 *
 *     D_1 = 2c S_0 δ_1,   M_ℓ = D_ℓ ⊙ φ′_ℓ,   D_{ℓ+1} = M_ℓ W_{ℓ+1} + 2c S_ℓ δ_{ℓ+1}
 *     ∂/∂W_{ℓ+1} = M_ℓᵀ δ_{ℓ+1},   ∂/∂a_ℓ = 2c ‖δ_{ℓ+1}‖² a_ℓ,   ∂/∂x_ℓ = D_ℓ ⊙ m_ℓ ⊙ dφ′/dx
 *     relative: ρ²_{ℓ+1}‖a_ℓ‖² for S_ℓ, and ∂/∂a_ℓ = 2c ρ²_{ℓ+1} ‖δ_{ℓ+1}‖² a_ℓ
 *
 * where m_ℓ = W_{ℓ+1}ᵀ δ_{ℓ+1} and φ′ is a function of x; at the head, tr A replaces ‖δ_L‖².
 */
export function meanTrace(stack: Stack): tf.Scalar {
  // Apart from the others, since the first input is mostly data and has no gradient.
  const first = counted(squaredInput(stack.first, stack.scale), stack.counts);
  return withPullback(
    argumentsOf(stack, first),
    () =>
      hostTrace(stack, first) ?? traceByPrograms(stack, first) ?? traceOfOperations(stack, first),
  );
}

/** The trace, and its gradients when they are asked for, by operations of tfjs. */
export function traceOfOperations(stack: Stack, first: tf.Tensor): Traced {
  const { found, probe } = wayBack(stack, first);
  return {
    value: tf.mean(addAll(found.S.map((S, l) => tf.mul(found.sizes[l]!, S)))),
    saved: Object.values(found).flat(),
    pullback: (dy, saved) => {
      const again = regroup(found, saved);
      const c = tf.div(dy, stack.logits.shape[0]);
      const { D, ofLayers } = wayBackAgain(stack.hidden, again, c);
      const dTrace = tf.mul(c, again.S.at(-1) as tf.Tensor);
      const dLogits = probe.pullback(D, dTrace, again.probe);
      const dFirst = tf.mul(c, again.sizes[0]!);
      return [dLogits, dFirst, ...ofLayers];
    },
  };
}

/** Of each layer, or of each hidden one, first to last. */
interface Found {
  S: tf.Tensor[];
  /** ‖δ‖², and tr A at the head. */
  sizes: tf.Tensor[];
  deltas: tf.Tensor[];
  /** φ′, times what dropout multiplied by. */
  slopes: tf.Tensor[];
  /** m ⊙ dφ′/dx, of those that bend. */
  bends: tf.Tensor[];
  rhoSquared: tf.Tensor[];
  inputs: tf.Tensor[];
  kernels: tf.Tensor[];
  probe: tf.Tensor[];
}

function wayBack({ head, logits, xi, hidden, scale, counts }: Stack, first: tf.Tensor) {
  const { timesTransposed } = products();
  const probe = probeOf(head, logits, xi);
  const shares = hidden.map((layer) => sharesOfOperations(layer, scale));
  const found: Found = {
    S: [first, ...shares.map(({ S }) => counted(S, counts))],
    ...{ sizes: [probe.trace], deltas: [probe.u], slopes: [], bends: [] },
    rhoSquared: shares.flatMap(({ rho2 }) => rho2 ?? []),
    inputs: hidden.map(({ input }) => input),
    kernels: hidden.map(({ kernel }) => kernel),
    probe: probe.saved,
  };
  for (const layer of [...hidden].reverse()) {
    const m = timesTransposed(found.deltas[0] as tf.Tensor2D, layer.kernel);
    const { slope, bend } = slopesOf(layer);
    const delta = tf.mul(m, slope);
    found.deltas.unshift(delta);
    found.slopes.unshift(slope);
    found.sizes.unshift(squaresOfRows(delta));
    if (bend !== undefined) {
      found.bends.unshift(tf.mul(m, bend));
    }
  }
  return { found, probe };
}

const counted = (share: tf.Tensor, counts: tf.Tensor | undefined): tf.Tensor =>
  counts === undefined ? share : tf.mul(share, counts);

function wayBackAgain(hidden: readonly Hidden[], found: Found, c: tf.Tensor) {
  const { transposedTimes, times } = products();
  const twoC = tf.mul(2, c);
  const own = (l: number) => tf.mul(tf.mul(twoC, found.S[l]!), found.deltas[l]!);
  const ofLayers: tf.Tensor[] = [];
  let bent = 0;
  let D = hidden.length === 0 ? tf.zerosLike(found.deltas[0]!) : own(0);
  for (const [l, { activation }] of hidden.entries()) {
    const M = tf.mul<tf.Tensor2D>(D, found.slopes[l]!);
    const rho2 = found.rhoSquared[l];
    const size = tf.mul(twoC, found.sizes[l + 1]!);
    const ofInput = tf.mul(rho2 ? tf.mul(rho2, size) : size, found.inputs[l]!);
    const throughSlope = activation.bend && tf.mul(D, found.bends[bent++]!);
    const isThroughOutput = throughSlope !== undefined && activation.reads === 'output';
    ofLayers.push(
      isThroughOutput ? tf.add(ofInput, throughSlope) : ofInput,
      transposedTimes(M, found.deltas[l + 1] as tf.Tensor2D),
      ...(activation.reads === 'preActivation' ? [throughSlope ?? tf.zerosLike(D)] : []),
    );
    D = times(M, found.kernels[l] as tf.Tensor2D);
    if (l < hidden.length - 1) {
      D = tf.add(D, own(l + 1)); // at the head, tr A replaces ‖δ‖²
    }
  }
  return { D, ofLayers };
}
