import * as tf from '@tensorflow/tfjs-core';
import {
  type CorrectLists,
  type Decoupled,
  flag,
  isLooped,
  nonNegative,
  type Regularizer,
  type ValuedCorrection,
  type Weight,
  weight,
  weightAt,
  weighted,
  withLists,
} from '@toploss/core/kit';
import { decoupledStep } from './decoupled.js';
import { decayPenalty, decaysOf } from './formula.js';
import {
  type CvpOptions,
  check,
  cvpRules,
  type Gradients,
  named,
  type Parameter,
  pair,
  type Tensors,
} from './inputs.js';

/** The default of λ. */
const LAMBDA = 1e-2;

/**
 * CVP, cautious volume-preserving regularization: weight decay only where it does not work against the loss, after
 * Cautious Weight Decay.
 *
 *     Φ = ½ Σ a θ²,   a = sg σ(β s),   s = θ⊙g / rms(θ⊙g)
 *
 *     ∂Φ/∂θ = a⊙θ
 *
 * The gate a opens where the descent step −g moves a weight toward zero anyway. It closes where decay would work
 * against the loss, so the decay does not move the minimum. The gate is a constant: no gradient flows back into it or
 * into g.
 *
 * Φ has the unit of θ². Added to the loss it is right for plain gradient descent. For an adaptive optimizer use
 * {@link applyCvp}, or better the decoupled mode of {@link cvp}.
 *
 * @param params θ. Their names, for the filter, are '0', '1', …
 * @param grads g, of the same shapes; `null` says that a parameter has none and is not decayed.
 * @throws When a gradient is missing (not `null`, but left out), or all are `null`.
 *
 * @example
 * const loss = tf.add(base, tf.mul(0.01, cvpPenalty([w1, w2], [g1, g2])));
 *
 * @see Cautious Weight Decay, arXiv:2510.12402.
 * @see R. A. Patil, Topological Loss Engineering, 2026, doi:10.5281/zenodo.20480620.
 */
export function cvpPenalty(
  params: readonly tf.Tensor[],
  grads: readonly (tf.Tensor | null)[],
  options: CvpOptions = {},
): tf.Scalar {
  check.options(options, cvpRules);
  return decayPenalty(pair(params, grads), options);
}

export interface ApplyCvpOptions extends CvpOptions {
  /** λ ≥ 0; default 1e-2. */
  lambda?: number;
}

/**
 * CVP as a correction of the gradients, between the backward pass and the optimizer.
 *
 *     g ← g + λ a⊙θ
 *
 * @param grads g, by parameter name.
 * @param params θ, by the same names.
 * @returns New tensors, one for each gradient; the caller owns them.
 * @throws When a parameter has no gradient or a gradient no parameter.
 *
 * @example
 * const { value, grads } = tf.variableGrads(loss);
 * optimizer.applyGradients(applyCvp(grads, params, { lambda: 0.05 }));
 */
export function applyCvp(
  grads: tf.NamedTensorMap,
  params: tf.NamedTensorMap,
  options: ApplyCvpOptions = {},
): tf.NamedTensorMap {
  check.options(options, { lambda: nonNegative, ...cvpRules });
  const { lambda = LAMBDA, ...formula } = options;
  const parameters = pair(params, grads, 'required');
  return tf.tidy(() => named(parameters, decaysOf(parameters, formula, lambda).sums));
}

export interface CvpInputs {
  params: Tensors;
  grads: Gradients;
}

export interface CvpTermOptions extends CvpOptions {
  /** λ ≥ 0, or a schedule of it; default 1e-2. */
  lambda?: Weight;
  /** Decay the parameters after the optimizer's step instead of correcting its gradients; default false. */
  decoupled?: boolean;
}

/** λ·CVP: a penalty, and a correction of the gradients. */
export interface Cvp extends Regularizer<CvpInputs>, ValuedCorrection {
  readonly name: 'cvp';
  readonly lambda: Weight;
}

/** The same methods, each of which throws. */
type Refused<Methods> = {
  [Key in keyof Methods]: Methods[Key] extends (...args: infer Args) => unknown
    ? (...args: Args) => never
    : Methods[Key];
};

/** λ·CVP as a step of its own, after that of the optimizer. */
export interface DecoupledCvp extends Refused<Cvp>, Decoupled {
  readonly name: 'cvp';
}

/**
 * λ·CVP as a term for `trainStep`, which gives it the gradients, and for `composite`, which does not.
 *
 * With `decoupled: true` the decay is a step of its own, gated by what the optimizer did:
 *
 *     u = (θ − θ′)/η,   θ′ ← θ′ − η λ a(u, θ)⊙θ
 *
 * Under an adaptive optimizer that is Cautious Weight Decay exactly: the decay does not pass through the preconditioner. The
 * optimizer must have a `learningRate`, as those of tfjs have. Such a term takes part in `trainStep` only.
 *
 * An entry that the optimizer left where it was, u = 0, does not decay and is not counted in Φ. Examples are gradients
 * that are being accumulated, rows of an embedding that the batch does not read, and a learning rate of 0.
 *
 * @example
 * const step = trainStep({ optimizer: tf.train.adam(1e-3), terms: [cvp({ lambda: 0.05, decoupled: true })] });
 */
export function cvp(options: CvpTermOptions & { decoupled: true }): DecoupledCvp;
export function cvp(options?: CvpTermOptions & { decoupled?: false }): Cvp;
export function cvp(options?: CvpTermOptions): Cvp | DecoupledCvp;
export function cvp(options: CvpTermOptions = {}): Cvp | DecoupledCvp {
  check.options(options, { lambda: weight, decoupled: flag, ...cvpRules });
  const { lambda = LAMBDA, decoupled = false, ...formula } = options;
  return decoupled
    ? { name: 'cvp', lambda, ...refused, decouple: decoupledStep(lambda, formula) }
    : { name: 'cvp', lambda, ...injected(lambda, formula) };
}

function injected(lambda: Weight, options: CvpOptions): Omit<Cvp, 'name' | 'lambda'> {
  const corrected = (parameters: readonly Parameter[], step: number) => {
    const weight = weightAt('cvp', lambda, step);
    const f = () => {
      const { sums, value } = decaysOf(parameters, options, weight);
      return { tensors: sums, value: value(weight) };
    };
    // Loops leave nothing to tidy up.
    return parameters.every(({ theta: { size } }) => isLooped(size)) ? f() : tf.tidy(f);
  };
  const byNames: Cvp['valueAndCorrect'] = (grads, params, step = 0) => {
    const parameters = pair(params, grads, 'required');
    const { tensors, value } = corrected(parameters, step);
    return { value, grads: named(parameters, tensors) };
  };
  const byLists: CorrectLists = ({ variables, tensors }, step) =>
    corrected(
      variables.map((theta, k) => ({ name: theta.name, theta, grad: tensors[k]! })),
      step,
    );
  return {
    penalty: (inputs, step = 0) => {
      check.object('inputs', inputs);
      const parameters = pair(inputs.params, inputs.grads);
      const thetas = parameters.map(({ theta }) => theta);
      return weighted('cvp', lambda, step, thetas, () => decayPenalty(parameters, options));
    },
    correct: (grads, params, step) => tf.tidy(() => byNames(grads, params, step).grads),
    valueAndCorrect: withLists(byNames, byLists),
  };
}

const refuse = (): never =>
  check.reject('decoupled', 'to be false here: the decoupled step is taken by `trainStep`', true);
const refused = { penalty: refuse, correct: refuse, valueAndCorrect: refuse };
