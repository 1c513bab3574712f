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

/** g ← g + λ c(g, θ), each correction in its turn. */
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
 * θ′ = optimizer(θ, g), and each decoupled term in its turn.
 *
 * tfjs' optimizers keep their averages by the *position* of a gradient, so that each variable keeps its place.
 *
 * Nearly all that can fail has been tried before θ moves. Should the rest fail, θ goes back; the averages of
 * the optimizer, which nobody else can reach, do not.
 *
 * @param places The names of all variables of the optimizer, in their order.
 * @param grads The gradients of the variables `theta`, which the loss reached.
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
    // An optimizer with a schedule of its own may have set the rate of this step.
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

/** As `minimize` with a list of variables hands them over: all of them, with or without a gradient. */
const inPlaces = (places: Iterable<string>, grads: tf.NamedTensorMap): NamedGradient[] =>
  Array.from(places, (name) => {
    const gradient = grads[name];
    return { name, tensor: gradient && withCleanPadding(gradient) } as NamedGradient;
  });

/** They live on when what they are of is assigned to. */
const aliases = (tensors: tf.NamedTensorMap): tf.NamedTensorMap =>
  mapNamed(tensors, (x) => alias(x));

function assign(theta: Variables, values: tf.NamedTensorMap): void {
  // A value may be a parameter itself, and loses its memory when that is assigned to.
  const own = aliases(values);
  for (const [name, variable] of Object.entries(theta)) {
    variable.assign(own[name]!);
  }
}

/** λ·Φ for the caller, who disposes of it: an alias, for the term may want its own for longer. */
function reported(check: Checks, argument: string, result: { value: tf.Scalar }): tf.Scalar {
  check.object(argument, result);
  check.tensor('value', result.value, []);
  return alias(result.value);
}

/** The first half of each decoupled term, at θ before the step. */
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
      const expected = 'to be a number ≥ 0, for the decoupled step';
      check.reject('optimizer.learningRate', expected, rate);
    }
    const update = term.decouple(before, rate, step);
    check.argument('decouple()', update, callback);
    return update;
  });
}
