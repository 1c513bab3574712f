import {
  callback,
  checkOptions,
  clones,
  nonNegative,
  oneOf,
  reject,
  weight,
} from '@toploss/core/kit';
import { SlowAverage } from './average.js';
import { type CosineDmta, type CosineDmtaOptions, cosine } from './cosine.js';
import { gradientRules } from './gradient.js';
import { type LinearDmtaOptions, linear } from './linear.js';
import type { Dmta } from './mode.js';
import { momentum, scheduled, valueAt } from './schedules.js';

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
 * DMTA as a term for `trainStep`: keeps training to the long-term direction of the gradients.
 *
 *     m̄ₖ = μ m̄ₖ₋₁ + (1 − μ) gₖ
 *
 * `mode: 'linear'` (default) is AdEMAMix's slow term, for plain descent exactly, and costs no extra gradient:
 *
 *     g + λα m̄ₖ = (1 + λα(1−μ)) g + λα μ m̄ₖ₋₁
 *
 * It is the gradient of `(1 + λα(1−μ)) L + λα μ ⟨sg m̄ₖ₋₁, θ⟩`, another function at every step: it has no value
 * that would mean anything, and reports none. Under an adaptive optimizer all of it passes through the
 * preconditioner, whose second moment then sees the corrected gradient, where AdEMAMix has that of the loss.
 *
 * `mode: 'cosine'` is the gradient of λ(1 − cos(g, m̄ₖ₋₁)), at two more gradients of `loss` in each step:
 *
 *     g + λ H v,   v = −(m̂ − ⟨ĝ,m̂⟩ĝ) / max(‖g‖, eps)
 *
 * Before the first step there is no direction to keep to, and g stays as it is; Φ is then 1 at the start from
 * zero, and 0 at the start from the first gradient.
 *
 * `correct` changes nothing; only `observe(grads)` advances the average. `trainStep` observes the gradients of
 * the loss with its penalties, and corrects what the corrections before this one have made of them: to have
 * the same in both, let it be the first. It holds one buffer of the size of the parameters, until `dispose`.
 *
 * The schedules of μ and α count the observed steps, from 0, which are part of the state; that of λ counts the
 * steps of `trainStep`.
 *
 * A variable without a gradient in a step keeps its average; one that comes later starts then. `setState` takes the
 * averages by name if one set of names contains the other, else by position and shape, as for a model that was built
 * again. Before the first gradient that is decided when it comes.
 *
 * @throws From `correct` and `observe`, when shapes are not those of before, or a restored state does not fit; from
 *   `correct` in mode `'cosine'`, at the first use, when `loss` draws other noise in each call; from `observe`,
 *   when a gradient is not finite, and the average stays what it was. On cpu and wasm only, as elsewhere it
 *   would mean waiting for the device: there the entries that are not finite keep their average.
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
  checkOptions('dmta', options, rules);
  const { mode = 'linear', mu = 0.9999, start } = options;
  checkMode(mode, options);
  const average = new SlowAverage(start);
  const muNow = () => valueAt('mu', mu, average.steps, momentum);
  return {
    name: 'dmta',
    ...(options.mode === 'cosine' ? cosine(options, average) : linear(options, average, muNow)),
    slow: () => clones(average.tensors),
    observe: (grads) => average.advance(grads, muNow()),
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
      reject('dmta', key, `to be left out in mode '${mode}'`, value);
    }
  }
}
