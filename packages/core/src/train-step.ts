import * as tf from '@tensorflow/tfjs-core';
import { assertGradients } from './assert-gradients.js';
import { Checks, callback, integer } from './kit/check.js';
import { checkRegistered, isRegistered } from './kit/gradients-of.js';
import { isPromise } from './kit/reject.js';
import { check } from './step/check.js';
import { differentiate } from './step/differentiate.js';
import { checkFinite } from './step/finite.js';
import { byName, named } from './step/gradients.js';
import { KeptTensors } from './step/kept.js';
import { listsOf, type ObserveLists } from './step/lists.js';
import { checkMinimize, type Minimizer } from './step/minimized.js';
import { addPlaces, type Places } from './step/places.js';
import { type Observer, sortTerms } from './step/sort-terms.js';
import { correct, decouple, update } from './step/update.js';
import type { InputsOf, Losses, Term } from './term.js';

export interface TrainStepOptions<Terms extends readonly Term[]> {
  /**
   * Any tfjs optimizer, or an object with `applyGradients`. If the optimizer has `computeGradients`, that method
   * computes the gradients of the total loss, and may clip them. An optimizer that overrides `minimize` throws, because
   * a step never calls `minimize`.
   */
  optimizer: Minimizer;
  /**
   * The variables to train; by default every trainable variable that the loss reaches. A step skips frozen variables
   * and variables that the loss doesn't reach, as `minimize` does.
   */
  params?: tf.Variable[];
  /** Penalties, corrections, decoupled terms and stateful terms. */
  terms: Terms;
  /**
   * The number of the first step, an integer ≥ 0; default 0. To resume training, pass the number of steps
   * made so far; schedules, seeds and `every` continue from there.
   */
  firstStep?: number;
}

/** Your function for each step: returns the base loss and the inputs of the terms. */
export type Forward<Terms extends readonly Term[]> = () => { loss: tf.Tensor } & InputsOf<Terms>;

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
 * Makes a training step for any optimizer and any terms.
 *
 *     g = ∇(L + Σ λΦ)        one forward and one backward pass, the penalties in the loss
 *     g ← g + λ c(g, θ)      each correction in turn
 *     θ′ = optimizer(θ, g)
 *     θ′ ← θ′ − η λ a(u) θ   each decoupled term in turn, u = (θ − θ′)/η
 *
 * Finally, stateful terms observe the step: corrections get the gradients of the loss, other terms get the outputs of
 * `forward`. A step never waits for the device.
 *
 * @returns A function that takes one step. It returns scalars, which the caller owns: `total`, the loss that was
 *   differentiated; `base`; and λΦ of each term that has a value, under its name. A step leaves no other tensors. If a
 *   step throws, the parameters stay as they were and the step is not counted. An error in `observe` comes later: that
 *   step was taken and is counted. A gradient that is not finite throws on cpu and wasm; elsewhere the check would wait
 *   for a device.
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
  const places: Places = new Map();
  addPlaces(places, params ?? []);
  let step = options.firstStep ?? 0;

  return (forward) => {
    const kept = new KeptTensors();
    try {
      const losses = tf.tidy(() => {
        const computed = computeStep(setup, forward, step, kept);
        const { losses, gradients, corrected } = computed;
        addPlaces(places, gradients.variables);
        update(optimizer, sorted, { places, gradients: corrected, kept, losses }, step);
        step += 1;
        for (const term of sorted.gradientObservers) {
          if (!listsOf<ObserveLists>(term.observe)?.(gradients)) {
            observe(term, named(gradients));
          }
        }
        for (const term of sorted.outputObservers) {
          observe(term, computed.outputs);
        }
        return losses;
      });
      return losses as Losses<Terms>;
    } finally {
      kept.dispose();
    }
  };
}

/**
 * Runs a step without changing the parameters, and throws the errors that `trainStep` would throw. Calls
 * `computeGradients` of the optimizer, but neither `applyGradients` nor `observe`.
 */
export function tryStep<const Terms extends readonly Term[]>(
  options: TrainStepOptions<Terms>,
  forward: Forward<Terms>,
): void {
  const { firstStep = 0 } = options;
  const setup = checked(options);
  const kept = new KeptTensors();
  try {
    tf.tidy(() => {
      const { gradients } = computeStep(setup, forward, firstStep, kept);
      decouple(setup.optimizer, setup.sorted, byName(gradients.variables), firstStep);
    });
  } finally {
    kept.dispose();
  }
}

function checked(options: TrainStepOptions<readonly Term[]>) {
  assertGradients();
  check.options(options, rules);
  const { optimizer, terms, params } = options;
  check.argument('optimizer', optimizer, rules.optimizer);
  checkMinimize(check.where, optimizer);
  check.argument('terms', terms, rules.terms);
  const sorted = sortTerms(terms);
  checkRegistered(check.where, params ?? []);
  return { optimizer, sorted, params: params?.slice() };
}

/** The losses and the gradients of a step, before a parameter changes. */
function computeStep(
  { optimizer, sorted, params }: ReturnType<typeof checked>,
  forward: () => { loss: tf.Tensor },
  step: number,
  kept: KeptTensors,
) {
  check.argument('forward', forward, callback);
  if (params !== undefined && !params.every(isRegistered)) {
    checkRegistered(check.where, params);
  }
  const made = differentiate(optimizer, forward, sorted, params, step, kept);
  const corrected = correct(sorted, made.gradients, step, made.losses);
  const computed = { ...made, corrected };
  checkFinite(sorted, computed);
  return computed;
}

function observe(term: Observer, step: unknown): void {
  const returned = term.observe(step) as unknown;
  if (isPromise(returned)) {
    const expected = 'to be synchronous: its tensors are disposed of after the step';
    new Checks(term.name).reject('observe()', expected, returned);
  }
}
