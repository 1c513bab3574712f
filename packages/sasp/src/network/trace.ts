import * as tf from '@tensorflow/tfjs-core';
import { withPullback } from '@toploss/core';
import { type Activation, throughActivation } from './activations.js';
import { carry } from './carry.js';
import { checkRange } from './check-layers.js';
import type { Hidden } from './dense-trace.js';
import { type DenseLayer, isConv, isPool, type Layer, outputShape } from './layers.js';
import { convShare, type Measure, squaredInput } from './shares.js';
import { squaresOfRows } from './squares.js';

/**
 * The trace of the Gauss–Newton matrix of every example: the head's share in closed form, and what probes u
 * with E[uuᵀ] = A, taken as constant in the weights, find on their way back from the logits.
 *
 *     tr(A) S_{L−1} + Σ_{ℓ<L} ‖δ_ℓ‖² S_{ℓ−1},   S_ℓ = ‖a_ℓ‖² + 1
 *     δ_L = u,   δ_ℓ = φ′(s_ℓ) ⊙ W_{ℓ+1}ᵀ δ_{ℓ+1};   relative: ρ²_{ℓ+1}‖a_ℓ‖² for S_ℓ
 *
 * It is back-propagation written in forward operations, so that a first derivative of it is all that
 * training needs. The way ends at the first layer with weights, whose kernel nothing passes through.
 *
 * @param trace tr A: [B]
 * @param probes u, each [B, C]; what they find is summed.
 * @param activations Of every layer's output, `undefined` for none.
 * @returns [B]
 */
export function networkTrace(
  where: string,
  trace: tf.Tensor,
  probes: readonly tf.Tensor[],
  layers: readonly Layer[],
  activations: readonly (Activation | undefined)[],
  measure: Measure,
): tf.Tensor {
  const last = layers.length - 1;
  const first = layers.findIndex((layer) => !isPool(layer));
  const head = layers[last] as DenseLayer;
  const shares = [tf.mul(trace, squaredInput(head, measure))];
  for (const u of probes) {
    let delta = u;
    for (let l = last; l > first; l--) {
      const [layer, before] = [layers[l] as Layer, layers[l - 1] as Layer];
      delta = throughOutput(where, l, carry(layer, delta), layer, before, activations[l - 1]);
      if (!isPool(before)) {
        shares.push(
          isConv(before)
            ? convShare(before, delta as tf.Tensor4D, measure)
            : tf.mul(squaresOfRows(delta), squaredInput(before, measure)),
        );
      }
    }
  }
  return tf.addN(shares);
}

/** From the input of one layer to the output of the one before, through dropout, flattening and φ. */
function throughOutput(
  where: string,
  l: number,
  delta: tf.Tensor,
  { input, dropout }: Layer,
  before: Layer,
  activation: Activation | undefined,
): tf.Tensor {
  const shape = [input.shape[0] as number, ...outputShape(before)];
  const undropped = dropout === undefined ? delta : tf.mul(delta, dropout);
  const atOutput = tf.reshape(undropped, shape);
  if (activation === undefined) {
    return atOutput;
  }
  if (activation.reads === 'preActivation' && 'preActivation' in before) {
    return throughActivation(atOutput, before.preActivation as tf.Tensor, activation);
  }
  // Where an output was dropped nothing comes back, whatever its slope.
  const output = dropout === undefined ? input : undo(dropout, input);
  checkRange(where, l, output, activation);
  return throughActivation(atOutput, tf.reshape(output, shape), activation);
}

/** The output that dropout made this input of, and 0 where it was dropped; the mask is constant. */
const undo = (dropout: tf.Tensor, input: tf.Tensor): tf.Tensor =>
  withPullback([input], () => {
    const reciprocal = tf.divNoNan(tf.onesLike(dropout), dropout);
    return {
      value: tf.mul(input, reciprocal),
      saved: [reciprocal],
      pullback: (dy, [reciprocal]) => [tf.mul(dy, reciprocal as tf.Tensor)],
    };
  });

/** The hidden layers of a stack of dense layers, nothing else between them; of anything else `undefined`. */
export function denseStack(
  where: string,
  layers: readonly Layer[],
  activations: readonly (Activation | undefined)[],
): Hidden[] | undefined {
  const isPlain = layers.every(
    (layer) => !isPool(layer) && !isConv(layer) && layer.dropout === undefined,
  );
  if (!isPlain) {
    return undefined;
  }
  return (layers as DenseLayer[]).slice(0, -1).map((layer, l) => {
    const { input: output, kernel, includeBias = true } = layers[l + 1] as DenseLayer;
    const activation = activations[l] as Activation;
    if (activation.reads === 'output') {
      checkRange(where, l + 1, output, activation);
      return { output, kernel, activation, includeBias };
    }
    const preActivation = layer.preActivation as tf.Tensor;
    return { output, kernel, activation, preActivation, includeBias };
  });
}
