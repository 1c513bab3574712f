import * as tf from '@tensorflow/tfjs-core';
import {
  callback,
  clones,
  closedForm,
  nonNegative,
  oneOf,
  weight,
  withLists,
} from '@toploss/core/kit';
import { SlowAverage } from './average.js';
import { cosine } from './cosine.js';
import { alignmentOf, floored } from './formula.js';
import { gradientRules } from './gradient.js';
import {
  type CosineDmta,
  type CosineDmtaOptions,
  check,
  type Dmta,
  type LinearDmtaOptions,
} from './inputs.js';
import { linear } from './linear.js';
import { momentum, scheduled } from './schedules.js';

export interface DmtaOptions {
  /** Floor of ‖g‖ in the gradient, in the unit of g; default 1e-12. */
  eps?: number;
}

/**
 * DMTA, dual-momentum trajectory alignment: turns the gradient toward the direction of past gradients, after the slow
 * average of AdEMAMix.
 *
 *     Φ = 1 − cos(g, sg m̄)
 *
 *     ∂Φ/∂g = −(m̂ − ⟨ĝ,m̂⟩ĝ) / max(‖g‖, eps),   ĝ = g/‖g‖, m̂ = m̄/‖m̄‖
 *
 * Φ ∈ [0, 2] has no unit: the scales of g and m̄ do not change it. Its gradient is orthogonal to g and grows as 1/‖g‖,
 * down to `eps`. Where g or m̄ is zero, or shorter than 1e-37, there is no angle: Φ is 1, as for a right angle, and its
 * gradient is zero.
 *
 * Φ can be differentiated by g once. For the gradient by the parameters, use {@link dmtaGradient}: that is a second
 * derivative, which tfjs gets wrong.
 *
 * @param grad g: [n].
 * @param slow m̄: [n], a constant.
 * @returns Φ, a scalar.
 * @throws When the two are not of the same length.
 *
 * @example
 * const phi = dmtaPenalty(tf.tensor1d([1, 0]), tf.tensor1d([1, 1])); // 1 − √½
 *
 * @see M. Pagliardini, P. Ablin and D. Grangier, The AdEMAMix Optimizer: Better, Faster, Older, 2024,
 *   arXiv:2409.03137.
 * @see R. A. Patil, Topological Loss Engineering, 2026, doi:10.5281/zenodo.20480620.
 */
export function dmtaPenalty(
  grad: tf.Tensor,
  slow: tf.Tensor,
  options: DmtaOptions = {},
): tf.Scalar {
  check.options(options, { eps: nonNegative });
  check.tensor('grad', grad, ['n']);
  check.tensor('slow', slow, grad.shape);
  const { eps = 1e-12 } = options;
  return closedForm([grad], () => {
    const { value, across, length } = alignmentOf([grad], [slow]);
    return { value, grads: across.map((piece) => tf.div(piece, floored(length, eps))) };
  });
}

const ofMode = {
  linear: { alpha: scheduled(nonNegative) },
  cosine: { loss: callback, ...gradientRules },
};

const rules = {
  mode: oneOf(...Object.keys(ofMode)),
  lambda: weight,
  mu: scheduled(momentum),
  start: oneOf('zero', 'first'),
  ...ofMode.linear,
  ...ofMode.cosine,
};

/**
 * DMTA as a term for `trainStep`: adds a long-memory average of past gradients.
 *
 *     m̄ₖ = μ m̄ₖ₋₁ + (1 − μ) gₖ
 *
 * `mode: 'linear'` (default) is AdEMAMix's slow term, for plain descent exactly, and costs no extra gradient:
 *
 *     g + λα m̄ₖ = (1 + λα(1−μ)) g + λα μ m̄ₖ₋₁
 *
 * It is the gradient of `(1 + λα(1−μ)) L + λα μ ⟨sg m̄ₖ₋₁, θ⟩`. That is another function at every step, so its value means
 * nothing and is not reported. An adaptive optimizer preconditions the whole sum, and its second moment sees the corrected
 * gradient, where AdEMAMix uses that of the loss.
 *
 * `mode: 'cosine'` is the gradient of λ(1 − cos(g, m̄ₖ₋₁)), at the cost of two more gradients of `loss` in each step:
 *
 *     g + λ H v,   v = −(m̂ − ⟨ĝ,m̂⟩ĝ) / max(‖g‖, eps)
 *
 * Before the first step there is no average, and g stays as it is; Φ is then 1 with `start: 'zero'`, and 0 with
 * `start: 'first'`.
 *
 * `correct` changes no state; only `observe(grads)` advances the average. `trainStep` observes the gradients of the loss
 * with its penalties, but corrects the gradients that the corrections before this one return. Put `dmta` first to have the
 * same gradients in both. It holds one buffer of the size of the parameters, until `dispose`.
 *
 * The schedules of μ and α count the observed steps from 0, which are part of the state. The schedule of λ counts the
 * steps of `trainStep`.
 *
 * A variable without a gradient in a step keeps its average; one that comes later starts then. `setState` matches the
 * averages by name if one set of names contains the other. Otherwise it matches them by position and shape, as for a model
 * that was built again. Before the first gradient it cannot know the names here: the next gradients decide.
 *
 * @throws From `correct` and `observe`, when shapes are not those of before, or a restored state does not fit; from
 *   `correct` in mode `'cosine'`, at the first use, when `loss` draws other noise in each call; from `observe`, when a
 *   gradient is not finite, and the average stays as it was. The latter is checked on cpu and wasm only. On other devices
 *   the entries that are not finite keep their average.
 *
 * @example
 * const slow = dmta({
 *   alpha: linearAlpha({ alpha: 5, steps: 10_000 }),
 *   mu: halfLifeMu({ from: 0.9, to: 0.9999, steps: 10_000 }),
 * });
 * const step = trainStep({ optimizer: tf.train.sgd(0.01), terms: [slow] });
 *
 * @see M. Pagliardini, P. Ablin and D. Grangier, The AdEMAMix Optimizer: Better, Faster, Older, 2024,
 *   arXiv:2409.03137.
 * @see R. A. Patil, Topological Loss Engineering, 2026, doi:10.5281/zenodo.20480620.
 */
export function dmta(options: CosineDmtaOptions): CosineDmta;
export function dmta(options?: LinearDmtaOptions): Dmta;
export function dmta(options?: LinearDmtaOptions | CosineDmtaOptions): Dmta;
export function dmta(options: LinearDmtaOptions | CosineDmtaOptions = {}): Dmta {
  check.options(options, rules);
  const { mode = 'linear', mu = 0.9999, start = 'zero' } = options;
  checkMode(mode, options);
  const average = new SlowAverage(mu, start);
  const { penalty, ...corrections } =
    options.mode === 'cosine' ? cosine(options, average) : linear(options, average);
  return {
    name: 'dmta',
    ...corrections,
    penalty: (inputs, step = average.steps) => {
      check.object('inputs', inputs);
      const observed = average.checked(inputs.grads);
      return penalty(check.tensors('params', inputs.params, observed.grads), observed, step);
    },
    slow: () => clones(average.tensors),
    observe: withLists(
      (grads: tf.NamedTensorMap) => average.observe(grads),
      (gradients) => average.observeInPlace(gradients),
    ),
    getState: () => average.getState(),
    setState: (state) => average.setState(state),
    dispose: () => average.dispose(),
  };
}

/** An option of the other mode would silently do nothing. */
function checkMode(mode: keyof typeof ofMode, options: object): void {
  const others = ofMode[mode === 'linear' ? 'cosine' : 'linear'];
  for (const [key, value] of Object.entries(options)) {
    if (value !== undefined && Object.hasOwn(others, key)) {
      check.reject(key, `to be left out in mode '${mode}'`, value);
    }
  }
}
