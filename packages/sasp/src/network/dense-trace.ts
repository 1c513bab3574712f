import * as tf from '@tensorflow/tfjs-core';
import { type Head, withPullback } from '@toploss/core';
import type { Activation } from './activations.js';
import { probeOf } from './probe.js';
import { products } from './products.js';
import { type Measure, meanSquare } from './shares.js';

/** A hidden layer as the layer behind it sees it. */
export interface Hidden {
  /** a, its output: [B, w] */
  output: tf.Tensor2D;
  /** What φ′ is computed from where that is not a. */
  preActivation?: tf.Tensor | undefined;
  activation: Activation;
  /** W of the layer behind it: [w, fanOut] */
  kernel: tf.Tensor2D;
  /** Whether that layer has a bias. */
  includeBias: boolean;
}

/**
 * The mean of `networkTrace` over the examples, for a stack of dense layers and one probe, as one operation:
 * some forty fewer operations for each layer than its parts, and their gradients, would take.
 *
 * With c = (∂L/∂T)/B, the way back of the way back runs from the first layer to the logits:
 *
 *     D_1 = 2c S_0 δ_1,   M_ℓ = D_ℓ ⊙ φ′_ℓ,   D_{ℓ+1} = M_ℓ W_{ℓ+1} + 2c S_ℓ δ_{ℓ+1}
 *     ∂/∂W_{ℓ+1} = M_ℓᵀ δ_{ℓ+1},   ∂/∂a_ℓ = 2c ‖δ_{ℓ+1}‖² a_ℓ,   ∂/∂x_ℓ = D_ℓ ⊙ m_ℓ ⊙ dφ′/dx
 *     relative: ρ²_{ℓ+1}‖a_ℓ‖² for S_ℓ, and ∂/∂a_ℓ = 2c ρ²_{ℓ+1} ‖δ_{ℓ+1}‖² a_ℓ
 *
 * where m_ℓ = W_{ℓ+1}ᵀ δ_{ℓ+1} and x is what φ′ is read from; at the head tr A stands for ‖δ_L‖².
 *
 * @param first S of the first layer's input: [B, 1]. Apart, as nothing there is to be differentiated where
 *   that input is data.
 * @param hidden First to last.
 */
export function denseTrace(
  head: Head,
  logits: tf.Tensor2D,
  xi: tf.Tensor,
  first: tf.Tensor,
  hidden: readonly Hidden[],
  { scale, includeBias }: Measure,
): tf.Scalar {
  const bends = hidden.map(({ activation: { bend } }) => bend);
  const hasPreActivation = hidden.map(({ preActivation }) => preActivation !== undefined);
  const bent = hidden.flatMap(({ preActivation }) => preActivation ?? []);
  const inputs = [
    logits,
    first,
    ...hidden.flatMap(({ output, kernel }) => [output, kernel]),
    ...bent,
  ];
  const { timesTransposed, transposedTimes, times, scaleRows } = products();
  return withPullback(inputs, () => {
    const probe = probeOf(head, logits, xi);
    const squares = (x: tf.Tensor) => tf.sum(tf.square(x), 1, true);
    const rhoSquared =
      scale === 'relative' ? hidden.map(({ kernel }) => meanSquare(kernel) as tf.Tensor) : [];
    const S = hidden.map(({ output, includeBias: hasBias }, l) => {
      const norms = squares(output);
      const rho2 = rhoSquared[l];
      const isCounted = includeBias && hasBias;
      return rho2 ? tf.mul(rho2, norms) : isCounted ? tf.add(norms, 1) : norms;
    });

    // One entry for each hidden layer, that of layer ℓ at ℓ − 1; deltas has the one at the logits too.
    const deltas: tf.Tensor[] = [probe.u];
    const slopes: tf.Tensor[] = [];
    const carried: tf.Tensor[] = [];
    const sizes: tf.Tensor[] = [probe.trace];
    for (const { output, preActivation, activation, kernel } of [...hidden].reverse()) {
      const m = timesTransposed(deltas[0] as tf.Tensor2D, kernel);
      const slope = activation.slope(preActivation ?? output);
      const delta = tf.mul(m, slope);
      carried.unshift(m);
      slopes.unshift(slope);
      deltas.unshift(delta);
      sizes.unshift(squares(delta));
    }
    const shares = [first, ...S].map((s, l) => tf.mul(sizes[l] as tf.Tensor, s));
    const saved = {
      first: [first],
      S,
      rhoSquared,
      deltas,
      slopes,
      carried: bends.some(Boolean) ? carried : [],
      sizes,
      outputs: hidden.map(({ output }) => output),
      bent,
      kernels: hidden.map(({ kernel }) => kernel as tf.Tensor),
      probe: probe.saved,
    };
    return {
      value: tf.mean(tf.addN(shares)) as tf.Scalar,
      saved: Object.values(saved).flat(),
      pullback: (dy, list) => {
        const given = regroup(saved, list);
        const [at, of] = [(l: number) => given.deltas[l] as tf.Tensor, given];
        const c = tf.div(dy, logits.shape[0]);
        const twoC = tf.mul(2, c);
        const twoCS = [...of.first, ...of.S].map((s) => tf.mul(twoC, s));

        const grads: tf.Tensor[] = [];
        const bentGrads: tf.Tensor[] = [];
        let D = scaleRows(twoCS[0] as tf.Tensor, at(0));
        for (const [l, bend] of bends.entries()) {
          const output = of.outputs[l] as tf.Tensor;
          const M = tf.mul(D, of.slopes[l] as tf.Tensor) as tf.Tensor2D;
          const rho2 = of.rhoSquared[l];
          const size = tf.mul(twoC, of.sizes[l + 1] as tf.Tensor);
          let dOutput = scaleRows(rho2 ? tf.mul(rho2, size) : size, output);
          if (bend) {
            const x = hasPreActivation[l] ? (of.bent[bentGrads.length] as tf.Tensor) : output;
            const throughSlope = tf.mul(D, tf.mul(of.carried[l] as tf.Tensor, bend(x)));
            if (hasPreActivation[l]) {
              bentGrads.push(throughSlope);
            } else {
              dOutput = tf.add(dOutput, throughSlope);
            }
          }
          grads.push(dOutput, transposedTimes(M, at(l + 1) as tf.Tensor2D));
          const carriedOn = times(M, of.kernels[l] as tf.Tensor2D);
          D =
            l === bends.length - 1
              ? carriedOn
              : tf.add(carriedOn, scaleRows(twoCS[l + 1] as tf.Tensor, at(l + 1)));
        }
        const dTrace = tf.mul(c, (of.S.at(-1) ?? of.first[0]) as tf.Tensor);
        return [
          probe.pullback(bends.length === 0 ? tf.zerosLike(D) : D, dTrace, of.probe),
          tf.mul(c, of.sizes[0] as tf.Tensor),
          ...grads,
          ...bentGrads,
        ];
      },
    };
  });
}

/** A flat list in the groups of `like` again. */
function regroup<Groups extends Record<string, readonly tf.Tensor[]>>(
  like: Groups,
  list: readonly tf.Tensor[],
): { [Group in keyof Groups]: tf.Tensor[] } {
  let start = 0;
  const groups = Object.entries(like).map(([name, { length }]) => {
    start += length;
    return [name, list.slice(start - length, start)];
  });
  return Object.fromEntries(groups);
}
