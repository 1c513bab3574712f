import type * as tf from '@tensorflow/tfjs-core';
import { Checks, callback } from '../kit/check.js';
import { mapNamed } from '../kit/named.js';
import { withCleanPadding } from '../kit/padding.js';
import { isPromise } from '../kit/reject.js';
import type { DecoupledUpdate } from '../term.js';
import { check } from './check.js';
import { byName, type Gradients, named, tensorsOf } from './gradients.js';
import { alias, type KeptTensors } from './kept.js';
import { type CorrectLists, listsOf } from './lists.js';
import type { Minimizer, NamedGradient } from './minimized.js';
import type { Places } from './places.js';
import type { SortedTerms } from './sort-terms.js';

/** The scalars that a step reports, by name. */
type Losses = Record<string, tf.Scalar>;

/** g ← g + λ c(g, θ), each correction in turn. Adds the values to `losses`. */
export function correct(
  { corrections }: SortedTerms,
  gradients: Gradients,
  step: number,
  losses: Losses,
): Gradients {
  const { variables } = gradients;
  let tensors = gradients.tensors;
  for (const term of corrections) {
    const hasValue = 'valueAndCorrect' in term && typeof term.valueAndCorrect === 'function';
    const byLists = listsOf<CorrectLists>(hasValue ? term.valueAndCorrect : term.correct);
    const lists = byLists?.({ variables, tensors }, step);
    if (lists !== undefined) {
      tensors = lists.tensors;
      if (lists.value !== undefined) {
        losses[term.name] = lists.value;
      }
      continue;
    }
    const check: Checks = new Checks(term.name);
    const [grads, theta] = [named({ variables, tensors }), byName(variables)];
    if (hasValue) {
      const corrected = term.valueAndCorrect(grads, theta, step);
      losses[term.name] = reported(check, 'valueAndCorrect()', corrected);
      tensors = tensorsOf(check, 'grads', corrected.grads, variables);
    } else {
      tensors = tensorsOf(check, 'grads', term.correct(grads, theta, step), variables);
    }
  }
  return { variables, tensors };
}

/** What the optimizer does a step with. */
interface Computed {
  /** The names of all variables of the optimizer, in their order. */
  readonly places: Places;
  readonly gradients: Gradients;
  readonly kept: KeptTensors;
  readonly losses: Losses;
}

/**
 * θ′ = optimizer(θ, g), then each decoupled term in turn, whose values it adds to `losses`.
 *
 * tfjs optimizers store their averages by the *position* of a gradient, so each variable keeps its place.
 *
 * Most errors come before θ changes. After a later error, θ is restored, but the averages of the optimizer are not: they
 * are out of reach.
 */
export function update(
  optimizer: Minimizer,
  sorted: SortedTerms,
  { places, gradients, kept, losses }: Computed,
  step: number,
): void {
  const { variables } = gradients;
  const before: tf.TensorInfo[] = [];
  for (const variable of variables) {
    before.push(kept.hold(variable));
  }
  try {
    const placed = inPlaces(places, gradients);
    if (sorted.decoupled.length === 0) {
      applyGradients(optimizer, placed);
    } else {
      applyDecoupled(optimizer, sorted, placed, byName(variables), losses, step);
    }
  } catch (error) {
    for (const [k, variable] of variables.entries()) {
      variable.assign(alias(before[k]!));
    }
    throw error;
  }
}

function applyGradients(optimizer: Minimizer, gradients: NamedGradient[]): void {
  const returned = optimizer.applyGradients(gradients) as unknown;
  if (isPromise(returned)) {
    check.reject('optimizer.applyGradients()', 'to be synchronous', returned);
  }
}

/** The step of the optimizer, and that of each decoupled term after it. */
function applyDecoupled(
  optimizer: Minimizer,
  sorted: SortedTerms,
  gradients: NamedGradient[],
  theta: Record<string, tf.Variable>,
  losses: Losses,
  step: number,
): void {
  const before = mapNamed(theta, (x) => alias(x));
  const rate = rateOf(optimizer);
  const tried = decouple(optimizer, sorted, before, step);
  applyGradients(optimizer, gradients);
  // An optimizer with its own schedule may have changed the rate in this step.
  const isSameRate = Object.is(rateOf(optimizer), rate);
  const updates = isSameRate ? tried : decouple(optimizer, sorted, before, step);
  for (const [k, apply] of updates.entries()) {
    const { name } = sorted.decoupled[k]!;
    const updated = apply(theta);
    const check: Checks = new Checks(name);
    losses[name] = reported(check, 'decouple()()', updated);
    assign(theta, check.tensors('params', updated.params, theta));
  }
}

const rateOf = (optimizer: Minimizer): unknown =>
  (optimizer as { learningRate?: unknown }).learningRate;

/** All variables, with or without a gradient, as `minimize` passes a list of variables on. */
function inPlaces(places: Places, { variables, tensors }: Gradients): NamedGradient[] {
  const gradients: NamedGradient[] = [];
  let k = 0;
  for (const variable of places.values()) {
    // Nearly always in the same order.
    const at = variables[k] === variable ? k : variables.indexOf(variable);
    const tensor = at < 0 ? undefined : withCleanPadding(tensors[at]!);
    gradients.push({ name: variable.name, tensor } as NamedGradient);
    k = at + 1;
  }
  return gradients;
}

function assign(theta: Readonly<Record<string, tf.Variable>>, values: tf.NamedTensorMap): void {
  // A value may be a parameter itself, which loses its memory when assigned to.
  const own = mapNamed(values, (x) => alias(x));
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
  const rate = rateOf(optimizer);
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
