import type * as tf from '@tensorflow/tfjs-core';
import { Checks, callback } from '../kit/check.js';
import { mapNamed } from '../kit/named.js';
import { withCleanPadding } from '../kit/padding.js';
import { isPromise } from '../kit/reject.js';
import type { DecoupledUpdate } from '../term.js';
import { alias } from './kept.js';
import type { Minimizer, NamedGradient } from './minimized.js';
import type { SortedTerms } from './sort-terms.js';

type Values = Record<string, tf.Scalar>;
type Variables = Readonly<Record<string, tf.Variable>>;

/** g ← g + λ c(g, θ), each correction in turn. */
export function correct(
  { corrections }: SortedTerms,
  gradients: tf.NamedTensorMap,
  theta: tf.NamedTensorMap,
  step: number,
): { grads: tf.NamedTensorMap; values: Values } {
  const values: Values = {};
  let grads = gradients;
  for (const term of corrections) {
    const check: Checks = new Checks(term.name);
    if ('valueAndCorrect' in term && typeof term.valueAndCorrect === 'function') {
      const corrected = term.valueAndCorrect(grads, theta, step);
      values[term.name] = reported(check, 'valueAndCorrect()', corrected);
      grads = check.tensors('grads', corrected.grads, theta);
    } else {
      grads = check.tensors('grads', term.correct(grads, theta, step), theta);
    }
  }
  return { grads, values };
}

/**
 * θ′ = optimizer(θ, g), then each decoupled term in turn.
 *
 * tfjs optimizers store their averages by the *position* of a gradient, so each variable keeps its place.
 *
 * Most errors come before θ changes. After a later error, θ is restored, but the averages of the optimizer are not: they
 * are out of reach.
 *
 * @param places The names of all variables of the optimizer, in their order.
 * @param grads The gradients of `theta`, the variables that the loss reached.
 */
export function update(
  optimizer: Minimizer,
  sorted: SortedTerms,
  places: Iterable<string>,
  grads: tf.NamedTensorMap,
  theta: Variables,
  step: number,
): Values {
  const before = aliases(theta);
  const rate = (optimizer as { learningRate?: unknown }).learningRate;
  const tried = decouple(optimizer, sorted, before, step);

  try {
    const returned = optimizer.applyGradients(inPlaces(places, grads)) as unknown;
    if (isPromise(returned)) {
      new Checks('core.trainStep').reject(
        'optimizer.applyGradients()',
        'to be synchronous',
        returned,
      );
    }
    // An optimizer with its own schedule may have changed the rate in this step.
    const used = (optimizer as { learningRate?: unknown }).learningRate;
    const updates = Object.is(used, rate) ? tried : decouple(optimizer, sorted, before, step);

    const values: Values = {};
    for (const [k, apply] of updates.entries()) {
      const { name } = sorted.decoupled[k]!;
      const updated = apply(theta);
      const check: Checks = new Checks(name);
      values[name] = reported(check, 'decouple()()', updated);
      assign(theta, check.tensors('params', updated.params, theta));
    }
    return values;
  } catch (error) {
    assign(theta, before);
    throw error;
  }
}

/** All variables, with or without a gradient, as `minimize` passes a list of variables on. */
const inPlaces = (places: Iterable<string>, grads: tf.NamedTensorMap): NamedGradient[] =>
  Array.from(places, (name) => {
    const gradient = grads[name];
    return { name, tensor: gradient && withCleanPadding(gradient) } as NamedGradient;
  });

/** Aliases keep their values when the original variables are assigned to. */
const aliases = (tensors: tf.NamedTensorMap): tf.NamedTensorMap =>
  mapNamed(tensors, (x) => alias(x));

function assign(theta: Variables, values: tf.NamedTensorMap): void {
  // A value may be a parameter itself, which loses its memory when assigned to.
  const own = aliases(values);
  for (const [name, variable] of Object.entries(theta)) {
    variable.assign(own[name]!);
  }
}

/** λ·Φ for the caller to dispose of: an alias, because the term may keep its own tensor. */
function reported(check: Checks, argument: string, result: { value: tf.Scalar }): tf.Scalar {
  check.object(argument, result);
  check.tensor('value', result.value, []);
  return alias(result.value);
}

/** Calls `decouple` of each term, with θ before the step. */
export function decouple(
  optimizer: Minimizer,
  { decoupled }: SortedTerms,
  before: tf.NamedTensorMap,
  step: number,
): DecoupledUpdate[] {
  const rate = (optimizer as { learningRate?: unknown }).learningRate;
  return decoupled.map((term) => {
    const check: Checks = new Checks(term.name);
    if (!(typeof rate === 'number' && Number.isFinite(rate) && rate >= 0)) {
      const expected = 'to be a number ≥ 0 if there are decoupled terms';
      check.reject('optimizer.learningRate', expected, rate);
    }
    const update = term.decouple(before, rate, step);
    check.argument('decouple()', update, callback);
    return update;
  });
}
