import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { InputsOf, Losses as LossesOf } from '@toploss/core';
import { flatTerms, integer, type Term } from '@toploss/core/kit';
import { batchRule, copyOf, type TrialBatch } from './batch.js';
import { Installation } from './install.js';
import type { Vocabulary } from './read/inputs.js';
import { check } from './watch/model.js';

export interface AttachOptions {
  /**
   * The name or the number of the output whose logits, features and targets the terms read. Needed in a model with several
   * outputs, unless `saspNetwork` is the only term that reads them: by default it reads all outputs.
   */
  output?: string | number;
  /** Inputs and targets, as `fit` takes them, to try the terms on. By default `attach` makes a synthetic batch. */
  batch?: TrialBatch;
  /**
   * The number of the first step, an integer ≥ 0; default 0. To resume training, pass the number of steps made so far;
   * schedules, seeds and `every` continue from there.
   */
  firstStep?: number;
}

export interface Attachment<Terms extends readonly Term[] = readonly Term[]> {
  /** The last step's `total`, `base`, and λΦ of each term by its name. The caller owns them. Empty before a step. */
  losses(): Partial<LossesOf<Terms>>;
  /**
   * Takes the terms off the model, also in a callback of `fit`. Functions that somebody else has put on the model since
   * stay there, and so do the weights. A second call does nothing. The terms belong to the caller.
   */
  detach(): void;
}

type RequiredKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];

/** A compile error where a term reads an input that no model has. */
type Readable<Terms extends readonly Term[]> = [
  Exclude<RequiredKeys<InputsOf<Terms>>, Vocabulary>,
] extends [never]
  ? unknown
  : { 'reads what no model has': Exclude<RequiredKeys<InputsOf<Terms>>, Vocabulary> };

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
 * L is the loss of `compile`, with class weights and regularizers. The model provides what the terms read: the logits
 * are the input of the final activation, the features are the input of the last dense layer, and so on. A step runs the
 * model once, unless a term needs another pass. Another pass has the same dropout, and moves no averages.
 *
 * `loss` in the history and in callbacks stays L. Each term that has a value gets its own entry: λΦ, averaged over the
 * epoch. A batch without the term, such as one after `detach`, counts as 0. Validation and `evaluate` measure L and the
 * metrics alone.
 *
 * `model.compile` attaches the terms again, and their steps count from `firstStep` again. If they don't work with the
 * newly compiled model, `compile` throws and leaves the model without terms.
 *
 * @param model A compiled model, with any optimizer and any loss.
 * @param terms Any terms that `trainStep` of @toploss/core takes, and at most one that weights the losses of the outputs.
 * @throws When a term can't work with this model. `attach` runs the terms once on a small batch; no parameter moves, and
 *   no number is taken from `Math.random`.
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
  check.argument('terms', terms, { expected: 'to be an array of terms', allows: Array.isArray });
  check.options(options, rules);
  const { firstStep = 0, output, batch } = options;
  const installation = new Installation({
    ...{ model, output, firstStep, terms: flatTerms(check.where, terms) },
    batch: batch && [copyOf(batch[0]), copyOf(batch[1])], // the caller may change its arrays later
  });
  return {
    losses: () => installation.losses() as ReturnType<Attachment<Terms>['losses']>,
    detach: () => installation.remove(),
  };
}
