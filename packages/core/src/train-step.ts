import * as tf from '@tensorflow/tfjs-core';
import { callback, checkArgument, checkOptions, integer, reject } from './arguments.js';
import { assertGradients } from './assert-gradients.js';
import { differentiate } from './differentiate.js';
import { checkVariables } from './gradients-of.js';
import { Kept } from './kept.js';
import { sortTerms } from './sort-terms.js';
import type { InputsOf, Losses, Term } from './term.js';
import { correct, update } from './update.js';

export interface TrainStepOptions<Terms extends readonly Term[]> {
  /** Any optimizer of tfjs, or anything with its `applyGradients`. */
  optimizer: Pick<tf.Optimizer, 'applyGradients'>;
  /** What is trained; by default every trainable variable that the loss reaches at the first step. */
  params?: tf.Variable[];
  /** What is added to the loss, to the gradients or to the parameters, and what observes. */
  terms: Terms;
  /**
   * The number of the first step, an integer ≥ 0; default 0. Training that is resumed goes on with that of the
   * step where it was stopped, and schedules, seeds and `every` with it.
   */
  firstStep?: number;
}

/** What the user supplies at each step: the base loss, and what the terms read. */
export type Forward<Terms extends readonly Term[]> = () => { loss: tf.Tensor } & InputsOf<Terms>;

const where = 'core.trainStep';

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
 *   counted. Only what `observe` throws comes too late for that: the step has been taken and is counted.
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
  assertGradients();
  checkOptions(where, options, rules);
  const { optimizer, params, terms, firstStep = 0 } = options;
  checkArgument(where, 'optimizer', optimizer, rules.optimizer);
  if (params !== undefined) {
    checkVariables(where, params);
  }
  const sorted = sortTerms(where, terms);
  let known = params?.slice();
  let step = firstStep;

  return (forward) => {
    checkArgument(where, 'forward', forward, callback);
    if (params !== undefined) {
      checkVariables(where, params);
    }
    const kept = new Kept();
    try {
      const losses = tf.tidy(() => {
        const { grads, losses, outputs } = differentiate(
          where,
          forward,
          sorted,
          params,
          step,
          kept,
        );
        const trained = variablesOf(known, Object.keys(grads));
        const theta = Object.fromEntries(trained.map((variable) => [variable.name, variable]));
        const gradients = Object.fromEntries(
          trained.map(({ name }) => [name, grads[name] as tf.Tensor]),
        );

        const corrected = correct(sorted, gradients, theta, step);
        const values = update(optimizer, sorted, corrected.grads, theta, step);
        known = trained;
        step += 1;
        for (const term of sorted.gradientObservers) {
          term.observe(gradients);
        }
        for (const term of sorted.outputObservers) {
          term.observe(outputs);
        }
        return { ...losses, ...corrected.values, ...values };
      });
      return losses as Losses<Terms>;
    } finally {
      kept.dispose();
    }
  };
}

/**
 * What is trained: the known variables, at the first step those that the loss reached. tfjs' optimizers keep
 * their averages by *position*, so the set is fixed.
 */
function variablesOf(known: tf.Variable[] | undefined, reached: readonly string[]): tf.Variable[] {
  const { registeredVariables } = tf.engine();
  const trained = known ?? reached.map((name) => registeredVariables[name] as tf.Variable);
  checkVariables(where, trained);
  const names = trained.map(({ name }) => name);
  if (names.length !== reached.length || names.some((name) => !reached.includes(name))) {
    reject(
      where,
      'params',
      `to stay ${names.join(', ')}, as at the first step`,
      reached.join(', '),
    );
  }
  return trained;
}
