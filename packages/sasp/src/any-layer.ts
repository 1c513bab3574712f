import * as tf from '@tensorflow/tfjs-core';
import { hessianVectorProduct } from '@toploss/core';
import {
  addAll,
  callback,
  checkVariables,
  type DifferenceOptions,
  differenceRules,
  dot,
  gradientsOf,
  integer,
  rademacher,
} from '@toploss/core/kit';
import { check } from './head/inputs.js';

export interface SaspAnyLayerOptions extends DifferenceOptions {
  /** The number of random sums of examples, which give an unbiased estimate; 3 gradients each. Default: every example. */
  probes?: number;
  /** The seed of the random sums; default 0. */
  seed?: number;
}

const rules = { ...differenceRules, probes: integer(1), seed: integer(0) };

/**
 * SASP of any layers: the trace of their empirical Fisher, with its gradient.
 *
 *     T = (1/B) Σ_w ‖∇⟨w, ℓ⟩‖²,   ∂T/∂θ = (2/B) Σ_w H_w ∇⟨w, ℓ⟩
 *
 * ℓ: [B] are the losses of the examples, w runs over the unit vectors (one for each example), and H_w is the
 * Hessian of ⟨w, ℓ⟩. With `probes: n`, w is n vectors of random signs and T their mean, which is unbiased: the
 * cross terms of two examples cancel on average. The Hessian's products are differences of gradients.
 *
 * It costs three gradients for each w, so it is meant for small batches, for probes and as a metric; for a
 * head, `saspPenalty` is a closed form.
 *
 * @param perExampleLosses ℓ, a deterministic function of the variables.
 * @param params θ, unchanged after the call.
 * @returns T and ∂T/∂θ by parameter name; the caller owns them.
 */
export function saspAnyLayer(
  perExampleLosses: () => tf.Tensor,
  params: tf.Variable[],
  options: SaspAnyLayerOptions = {},
): { value: tf.Scalar; grads: tf.NamedTensorMap } {
  check.options(options, rules);
  check.argument('perExampleLosses', perExampleLosses, callback);
  checkVariables(check.where, params);
  const { probes, seed = 0, ...difference } = options;
  return tf.tidy(() => {
    const batch = batchOf(perExampleLosses);
    const directions =
      probes === undefined
        ? tf.unstack(tf.eye(batch))
        : Array.from({ length: probes }, (_, k) => rademacher([batch], `${seed}/${k}`));
    const count = probes === undefined ? batch : batch * probes;

    let trace: tf.Tensor = tf.scalar(0);
    let gradient = params.map((variable) => tf.zerosLike(variable) as tf.Tensor);
    for (const w of directions) {
      [trace, ...gradient] = tf.tidy(() => {
        const loss = () => dot(w, perExampleLosses());
        const { grads: g } = gradientsOf(check.where, loss, params);
        const Hg = hessianVectorProduct(loss, params, g, difference);
        const squares = params.map(({ name }) => dot(g[name]!, g[name]!));
        return [
          addAll([trace, ...squares]),
          ...params.map(({ name }, k) => tf.add(gradient[k]!, Hg[name]!)),
        ] as [tf.Tensor, ...tf.Tensor[]];
      });
    }
    return {
      value: tf.div(trace, count) as tf.Scalar,
      grads: Object.fromEntries(
        params.map(({ name }, k) => [name, tf.mul(2 / count, gradient[k]!)]),
      ),
    };
  });
}

function batchOf(perExampleLosses: () => tf.Tensor): number {
  const [batch] = tf.tidy(() => [...check.tensor('perExampleLosses()', perExampleLosses(), ['B'])]);
  if (!batch) {
    check.reject('perExampleLosses()', 'to hold at least one loss', batch);
  }
  return batch;
}
