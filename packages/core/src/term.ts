import type * as tf from '@tensorflow/tfjs-core';
import type { Weight } from './kit/weight.js';

/**
 * Φ: a differentiable scalar, added to the loss.
 *
 * `Inputs` is what it reads, by the names that mean the same thing in every package: `logits`,
 * `features`, `targets`, `params`, `grads`, …
 */
export interface Regularizer<in Inputs> {
  readonly name: string;
  /** λ·Φ, with λ taken at `step` where it is a schedule. */
  penalty(inputs: Inputs, step?: number): tf.Scalar;
}

/** Φ as one may write it: the operations of tfjs do not say that a tensor is a scalar, so it is checked when it comes. */
export interface Penalty<in Inputs> {
  readonly name: string;
  penalty(inputs: Inputs, step?: number): tf.Tensor;
}

/**
 * c = ∇Φ: the same term as a correction of the gradients, `g ← g + λ c(g, θ)`.
 *
 * Returns new tensors, one for each gradient; leaves its arguments alone.
 */
export interface Correction {
  readonly name: string;
  correct(grads: tf.NamedTensorMap, params: tf.NamedTensorMap, step?: number): tf.NamedTensorMap;
}

/** A correction that knows its λ·Φ too, and gets both from one pass over the parameters. */
export interface ValuedCorrection extends Correction {
  valueAndCorrect(
    grads: tf.NamedTensorMap,
    params: tf.NamedTensorMap,
    step?: number,
  ): { value: tf.Scalar; grads: tf.NamedTensorMap };
}

/**
 * A step on the parameters themselves, after the optimizer's own. What is added to the loss passes
 * through an adaptive optimizer's preconditioner; this does not.
 *
 * It comes in two halves, so that everything that can fail fails before a parameter moves: called
 * with θ before the step it returns the function that takes θ′, after the step, to λ·Φ and the new θ′. It is given
 * the parameters that the loss reached. The learning rate is ≥ 0: a warm-up may begin with 0.
 */
export interface Decoupled {
  readonly name: string;
  decouple(params: tf.NamedTensorMap, learningRate: number, step?: number): DecoupledUpdate;
}

export type DecoupledUpdate = (updated: tf.NamedTensorMap) => {
  value: tf.Scalar;
  params: tf.NamedTensorMap;
};

/** What remembers something, averages or minima. Its state is JSON-able. */
export interface Stateful<in Step = never, State = unknown> {
  /**
   * Comes last in a step, when the parameters have moved: what it throws undoes nothing. The tensors that it
   * is given are disposed of later; it clones those that it keeps.
   */
  observe(step: Step): void;
  getState(): State;
  setState(state: State): void;
  dispose(): void;
}

interface Named {
  readonly name: string;
  /** k, where it is evaluated at every k-th step only, those that are multiples of k. */
  readonly every?: number;
  /** Of a penalty that shrinks the weights: what `attach` of @toploss/layers names where nothing is learned. */
  readonly lambda?: Weight;
}

/** Several terms as one; whoever drives them takes it apart. */
export interface Composition<Terms extends readonly Named[] = readonly Named[]> extends Named {
  readonly terms: Terms;
}

/** Anything that takes part in a training step. */
export type Term = Named & (Penalty<never> | Correction | Decoupled | Stateful | Composition);

/** A & B of A | B. */
export type Intersection<Union> = (Union extends unknown ? (of: Union) => void : never) extends (
  of: infer All,
) => void
  ? All
  : never;

type PenaltyInputsOf<T> = T extends Penalty<infer Inputs> ? Inputs : unknown;

type StepInputsOf<T> =
  T extends Composition<infer Terms>
    ? InputsOf<Terms>
    : T extends Correction
      ? unknown
      : PenaltyInputsOf<T> & (T extends Stateful<infer Step> ? Step : unknown);

/** What the penalties of all terms read together. */
export type PenaltyInputs<Terms extends readonly unknown[]> =
  Intersection<{ [K in keyof Terms]: { of: PenaltyInputsOf<Terms[K]> } }[number]> extends {
    of: infer Inputs;
  }
    ? Inputs
    : unknown;

/** What `forward` returns beside the loss: a correction gets its gradients from the step itself. */
export type InputsOf<Terms extends readonly unknown[]> =
  Intersection<{ [K in keyof Terms]: { of: StepInputsOf<Terms[K]> } }[number]> extends {
    of: infer Inputs;
  }
    ? Inputs
    : unknown;

type ReportedName<T> =
  T extends Composition<infer Terms>
    ? ReportedName<Terms[number]>
    : T extends ValuedCorrection | Decoupled
      ? T['name']
      : T extends Correction
        ? never
        : T extends Penalty<never>
          ? T['name']
          : never;

/** The scalars of one step: the loss that was differentiated, the base loss, and λ·Φ of each term. */
export type Losses<Terms extends readonly unknown[] = readonly unknown[]> = {
  readonly [Name in 'total' | 'base' | ReportedName<Terms[number]>]: tf.Scalar;
};
