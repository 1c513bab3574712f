import type * as tf from '@tensorflow/tfjs-core';
import type { Weight } from './kit/weight.js';

/**
 * A penalty Φ: a differentiable scalar, added to the loss.
 *
 * `Inputs` has the tensors that Φ reads. Their names mean the same in every package: `logits`, `features`, `targets`,
 * `params`, `grads`, …
 */
export interface Regularizer<in Inputs> {
  readonly name: string;
  /** λ·Φ. If λ is a schedule, its value at `step` counts. */
  penalty(inputs: Inputs, step?: number): tf.Scalar;
}

/** A regularizer typed to return any tensor, as tfjs operations are. A step throws if the tensor is no scalar. */
export interface Penalty<in Inputs> {
  readonly name: string;
  penalty(inputs: Inputs, step?: number): tf.Tensor;
}

/**
 * A correction of the gradients, `g ← g + λ c(g, θ)`. With c = ∇Φ, it equals the penalty Φ in the loss.
 *
 * Returns a new tensor for each gradient, and doesn't change its arguments.
 */
export interface Correction {
  readonly name: string;
  correct(grads: tf.NamedTensorMap, params: tf.NamedTensorMap, step?: number): tf.NamedTensorMap;
}

/** A correction that also computes λ·Φ, in the same pass over the parameters. */
export interface ValuedCorrection extends Correction {
  valueAndCorrect(
    grads: tf.NamedTensorMap,
    params: tf.NamedTensorMap,
    step?: number,
  ): { value: tf.Scalar; grads: tf.NamedTensorMap };
}

/**
 * Changes the parameters after the optimizer's step. An adaptive optimizer rescales the gradient of a penalty, but not a
 * decoupled step.
 *
 * `decouple` gets θ before the step, for the parameters that the loss reached. It returns a function that maps θ′, after
 * the step, to λ·Φ and the new θ′. Do all checks in `decouple`, so that an error comes before a parameter changes. The
 * learning rate is ≥ 0: a warm-up may start at 0.
 */
export interface Decoupled {
  readonly name: string;
  decouple(params: tf.NamedTensorMap, learningRate: number, step?: number): DecoupledUpdate;
}

export type DecoupledUpdate = (updated: tf.NamedTensorMap) => {
  value: tf.Scalar;
  params: tf.NamedTensorMap;
};

/** A term that keeps a state between steps, such as averages or minima. The state can be saved as JSON. */
export interface Stateful<in Step = never, State = unknown> {
  /**
   * Called last in a step, after the parameters have changed: an error here undoes nothing. Clone the tensors that you
   * keep, because the step disposes of its own.
   */
  observe(step: Step): void;
  getState(): State;
  setState(state: State): void;
  dispose(): void;
}

interface Named {
  readonly name: string;
  /** k, if the term is evaluated only at steps that are multiples of k. */
  readonly every?: number;
  /** λ of a penalty that shrinks the weights. `attach` of @toploss/layers names the term if the predictions collapse. */
  readonly lambda?: Weight;
}

/** A composite term; `trainStep` unpacks it. */
export interface Composition<Terms extends readonly Named[] = readonly Named[]> extends Named {
  readonly terms: Terms;
}

/** Anything that takes part in a training step. */
export type Term = Named & (Penalty<never> | Correction | Decoupled | Stateful | Composition);

/** Turns A | B into A & B. */
export type Intersection<Union> = (Union extends unknown ? (of: Union) => void : never) extends (
  of: infer All,
) => void
  ? All
  : never;

/** Turns { of: A } | { of: B } into A & B, where A and B may be unions. */
export type AllOf<Union> = Intersection<Union> extends { of: infer Inputs } ? Inputs : unknown;

type PenaltyInputsOf<T> = T extends Penalty<infer Inputs> ? Inputs : unknown;

type StepInputsOf<T> =
  T extends Composition<infer Terms>
    ? InputsOf<Terms>
    : T extends Correction
      ? unknown
      : PenaltyInputsOf<T> & (T extends Stateful<infer Step> ? Step : unknown);

/** The inputs of all penalties together. */
export type PenaltyInputs<Terms extends readonly unknown[]> = AllOf<
  { [K in keyof Terms]: { of: PenaltyInputsOf<Terms[K]> } }[number]
>;

/** The inputs that `forward` returns besides the loss. A correction gets its gradients from the step instead. */
export type InputsOf<Terms extends readonly unknown[]> = AllOf<
  { [K in keyof Terms]: { of: StepInputsOf<Terms[K]> } }[number]
>;

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
