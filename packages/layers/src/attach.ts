import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { InputsOf, Losses as LossesOf } from '@toploss/core';
import { integer, type Rule, type Term } from '@toploss/core/kit';
import { batchRule, copied, type TrialBatch } from './batch.js';
import { Installation } from './install.js';
import type { Vocabulary } from './read/inputs.js';
import { check } from './watch/model.js';

export interface AttachOptions {
  /**
   * The name of the output whose logits, features and targets the terms read, or its number; needed where there are
   * several, except by `saspNetwork`, which then reads all of them.
   */
  output?: string | number;
  /**
   * Inputs and targets, as `fit` takes them, to try the terms on; by default made up from the shapes of the model.
   */
  batch?: TrialBatch;
  /**
   * The number of the first step, an integer ≥ 0; default 0. Training that is resumed goes on with that of the
   * step where it was stopped, and schedules, seeds and `every` with it.
   */
  firstStep?: number;
}

export interface Attachment<Terms extends readonly Term[] = readonly Term[]> {
  /** Of the last step: `total`, `base`, and λΦ of each term by its name; the caller owns them. Empty before a step. */
  losses(): Partial<LossesOf<Terms>>;
  /**
   * Takes the terms off the model, in a callback of `fit` too, and leaves alone what somebody else has overridden
   * since. The second call does nothing. What the model has learned stays, and the terms are the caller's.
   */
  detach(): void;
}

type RequiredKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];

/** What is read that no model has: nothing, or it is a compile error. */
type Readable<Terms extends readonly Term[]> = [
  Exclude<RequiredKeys<InputsOf<Terms>>, Vocabulary>,
] extends [never]
  ? unknown
  : { 'reads what no model has': Exclude<RequiredKeys<InputsOf<Terms>>, Vocabulary> };

const termsRule: Rule = { expected: 'to be an array of terms', allows: Array.isArray };
const rules = {
  batch: batchRule,
  output: {
    expected: 'to be the name of an output, or its number',
    allows: (value: unknown) => typeof value === 'string' || typeof value === 'number',
  },
  firstStep: integer(0),
};

/**
 * Attaches terms to a compiled model. From now on `fit`, `fitDataset` and `trainOnBatch` train with them; everything
 * else stays as it was.
 *
 *     g = ∇(L + Σ λΦ),   g ← g + λ c(g, θ),   θ′ = optimizer(θ, g),   θ′ ← θ′ − η λ a(u) θ
 *
 * L is the loss of `compile`, class weights and regularizers in it. What the terms read comes from the model: the
 * logits from before the activation of the last layer, the features from under it, and so on. Each step runs the
 * model once, unless a term asks for more; another pass has the same dropout, and moves no averages.
 *
 * `loss` in the history and for callbacks stays L. λΦ of each term that has a value is listed under its name, as the
 * mean over the epoch; a batch of it that was trained without the term, as after `detach`, counts as 0. Validation and `evaluate` measure L and the metrics alone.
 *
 * `model.compile` attaches the terms again; the steps of their schedules then count from `firstStep`. If they no longer
 * fit, it throws and leaves the compiled model without terms. A `compile` that tfjs refuses changes nothing here.
 *
 * @param model Compiled; its optimizer and loss are those of `compile`, of any kind.
 * @param terms Any that `trainStep` of @toploss/core takes, and one that weighs the losses of several outputs.
 * @throws When a term cannot work with this model: the terms are run once on a small batch. No parameter moves, and
 *   the random numbers of the page go on where they were.
 *
 * @example
 * model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
 * const attachment = attach(model, [sasp({ lambda: 0.05 }), cvp({ decoupled: true })]);
 * const { history } = await model.fit(x, y, { epochs: 10 }); // history.sasp beside history.loss
 * attachment.detach();
 */
export function attach<const Terms extends readonly Term[]>(
  model: LayersModel,
  terms: Terms & Readable<Terms>,
  options: AttachOptions = {},
): Attachment<Terms> {
  check.argument('terms', terms, termsRule);
  check.options(options, rules);
  const { firstStep = 0, output, batch } = options;
  // The caller may change its arrays later.
  const own = { terms: [...terms], batch: batch && copied(batch) };
  const installation = new Installation({ model, output, firstStep, ...own });
  return {
    losses: () => installation.losses() as ReturnType<Attachment<Terms>['losses']>,
    detach: () => installation.remove(),
  };
}
