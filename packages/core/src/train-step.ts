import * as tf from '@tensorflow/tfjs-core';
import { assertGradients } from './assert-gradients.js';
import { Checks, callback, integer } from './kit/check.js';
import { checkRegistered } from './kit/gradients-of.js';
import { isPromise } from './kit/reject.js';
import { differentiate } from './step/differentiate.js';
import { checkFinite } from './step/finite.js';
import { Kept } from './step/kept.js';
import { checkMinimize, type Minimizer } from './step/minimized.js';
import { placesOf, reachedOf, withReached } from './step/places.js';
import { type Observer, type SortedTerms, sortTerms } from './step/sort-terms.js';
import { correct, decouple, update } from './step/update.js';
import type { InputsOf, Losses, Term } from './term.js';

export interface TrainStepOptions<Terms extends readonly Term[]> {
  /**
   * Any optimizer of tfjs, or anything with its `applyGradients`. If it has `computeGradients`, that method
   * computes the gradients of the total loss, and may clip them. One with a `minimize` of its own is refused, as
   * no step calls it.
   */
  optimizer: Minimizer;
  /**
   * What is trained; by default every trainable variable that the loss reaches. Variables that are frozen or that
   * the loss does not reach are left out of a step, as `minimize` leaves them out.
   */
  params?: tf.Variable[];
  /** What is added to the loss, to the gradients or to the parameters, and what observes. */
  terms: Terms;
  /**
   * The number of the first step, an integer ≥ 0; default 0. To resume training, pass the number of steps
   * made so far; schedules, seeds and `every` continue from there.
   */
  firstStep?: number;
}

/** What the user supplies at each step: the base loss, and what the terms read. */
export type Forward<Terms extends readonly Term[]> = () => { loss: tf.Tensor } & InputsOf<Terms>;

const check: Checks = new Checks('core.trainStep');

const rules = {
  optimizer: {
    expected: 'to have a method `applyGradients`',
    allows: (value: unknown) =>
      typeof (value as tf.Optimizer | null)?.applyGradients === 'function',
  },
  params: { expected: 'to be an array of variables', allows: Array.isArray },
  terms: { expected: 'to be an array of terms', allows: Array.isArray },
  firstStep: integer(0),
};

/**
 * A training step for any optimizer and any terms.
 *
 *     g = ∇(L + Σ λΦ)        one forward and one backward pass, the penalties in the loss
 *     g ← g + λ c(g, θ)      each correction in its turn
 *     θ′ = optimizer(θ, g)
 *     θ′ ← θ′ − η λ a(u) θ   each decoupled term in its turn, u = (θ − θ′)/η
 *
 * Last of all, what remembers something observes: a correction the gradients of the loss, any other term
 * what `forward` returned. Nothing waits for the device.
 *
 * @returns A function that takes one step. It returns the scalars `total`, the loss that was
 *   differentiated, `base`, and by its name λΦ of each term that has a value; the caller owns them, and
 *   nothing else is left behind. When it throws, the parameters are as they were and the step is not
 *   counted. On cpu and wasm it throws when a gradient is not finite; on a device that would mean waiting.
 *   Only what `observe` throws comes too late for that: the step has been taken and is counted.
 *
 * @example
 * const step = trainStep({ optimizer: tf.train.adam(1e-3), terms: [sasp(), cvp()] });
 * const losses = step(() => {
 *   const features = tf.relu(tf.add(tf.matMul(x, w1), b1));
 *   const logits = tf.add(tf.matMul(features, w2), b2);
 *   return { loss: tf.losses.softmaxCrossEntropy(oneHot, logits), logits, features, targets: oneHot };
 * });
 */
export function trainStep<const Terms extends readonly Term[]>(
  options: TrainStepOptions<Terms>,
): (forward: Forward<Terms>) => Losses<Terms> {
  const setup = checked(options);
  const { optimizer, sorted, params } = setup;
  let places = placesOf(params ?? []);
  let step = options.firstStep ?? 0;

  return (forward) => {
    const kept = new Kept();
    try {
      const losses = tf.tidy(() => {
        const computed = computeStep(setup, forward, step, kept);
        const { grads, theta, gradients, corrected } = computed;
        places = params === undefined ? withReached(check, places, grads) : places;
        const values = update(optimizer, sorted, places.keys(), corrected.grads, theta, step);
        step += 1;
        observe(sorted.gradientObservers, gradients);
        observe(sorted.outputObservers, computed.outputs);
        return { ...computed.losses, ...corrected.values, ...values };
      });
      return losses as Losses<Terms>;
    } finally {
      kept.dispose();
    }
  };
}

/**
 * Runs a step up to where `trainStep` would move the parameters, and throws what it would throw. It calls
 * `computeGradients` of the optimizer, but not `applyGradients`, and no term observes.
 */
export function tryStep<const Terms extends readonly Term[]>(
  options: TrainStepOptions<Terms>,
  forward: Forward<Terms>,
): void {
  const { firstStep = 0 } = options;
  const setup = checked(options);
  const kept = new Kept();
  try {
    tf.tidy(() => {
      const { theta } = computeStep(setup, forward, firstStep, kept);
      decouple(setup.optimizer, setup.sorted, theta, firstStep);
    });
  } finally {
    kept.dispose();
  }
}

interface StepSetup {
  readonly optimizer: Minimizer;
  readonly sorted: SortedTerms;
  readonly params: tf.Variable[] | undefined;
}

function checked(options: TrainStepOptions<readonly Term[]>): StepSetup {
  assertGradients();
  check.options(options, rules);
  const { optimizer, terms, params } = options;
  check.argument('optimizer', optimizer, rules.optimizer);
  checkMinimize(check.where, optimizer);
  const sorted = sortTerms(check, terms);
  checkRegistered(check.where, params ?? []);
  return { optimizer, sorted, params: params?.slice() };
}

/** The losses and the gradients of a step, before a parameter moves. */
function computeStep(
  { optimizer, sorted, params }: StepSetup,
  forward: () => { loss: tf.Tensor },
  step: number,
  kept: Kept,
) {
  check.argument('forward', forward, callback);
  checkRegistered(check.where, params ?? []);
  const made = differentiate(check, optimizer, forward, sorted, params, step, kept);
  const { grads, losses, outputs } = made;
  // In their own order, whenever the loss reached them first: a term may save it.
  const trained = reachedOf(params ?? Object.values(tf.engine().registeredVariables), grads);
  const theta = Object.fromEntries(trained.map((variable) => [variable.name, variable]));
  const gradients = Object.fromEntries(trained.map(({ name }) => [name, grads[name]!]));
  const corrected = correct(sorted, gradients, theta, step);
  checkFinite(check.where, sorted, { gradients, corrected: corrected.grads, losses });
  return { losses, outputs, grads, theta, gradients, corrected };
}

function observe(terms: readonly Observer[], step: unknown): void {
  for (const term of terms) {
    const returned = term.observe(step) as unknown;
    if (isPromise(returned)) {
      const expected = 'to be synchronous, as its tensors are gone after the step';
      new Checks(term.name).reject('observe()', expected, returned);
    }
  }
}
