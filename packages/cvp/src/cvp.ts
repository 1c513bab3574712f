import * as tf from '@tensorflow/tfjs-core';
import {
  checkObject,
  checkOptions,
  closedForm,
  type Decoupled,
  flag,
  type Regularizer,
  reject,
  type ValuedCorrection,
  type Weight,
  weight,
  weightAt,
  weighted,
} from '@toploss/core/kit';
import { cvpRules, inject } from './correction.js';
import { decoupledStep } from './decoupled.js';
import { type CvpOptions, decayOf, penaltyValue } from './formula.js';
import { type Gradients, type Parameter, pair, type Tensors } from './parameters.js';

/**
 * CVP, cautious volume-preserving regularization: weight decay only where it is safe, after Cautious Weight
 * Decay.
 *
 *     Φ = ½ Σ a θ²,   a = sg σ(β s),   s = θ⊙g / rms(θ⊙g)
 *
 *     ∂Φ/∂θ = a⊙θ
 *
 * The gate a opens where the descent step −g moves a weight toward zero anyway, and closes where decay would
 * work against the loss, so that it does not move the minimum. It is a constant: nothing flows back into it,
 * nor into the gradients.
 *
 * Φ has the unit of θ². Added to the loss it is right for plain gradient descent; for an adaptive optimizer
 * use {@link applyCvp}, which comes to the same, or better the decoupled mode of {@link cvp}.
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
  checkOptions('cvp', options, cvpRules);
  return decayPenalty(pair(params, grads), options);
}

function decayPenalty(parameters: readonly Parameter[], options: CvpOptions): tf.Scalar {
  return closedForm(
    parameters.map(({ theta }) => theta),
    () => {
      const decays = parameters.map((parameter) => decayOf(parameter, options));
      return {
        value: penaltyValue(decays),
        grads: decays.map(
          (decay, k) => decay?.sum ?? tf.zerosLike((parameters[k] as Parameter).theta),
        ),
      };
    },
  );
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

/** λ·CVP: a penalty, a correction of the gradients and, if so asked, a decoupled step. */
export interface Cvp
  extends Regularizer<CvpInputs>,
    ValuedCorrection,
    Partial<Omit<Decoupled, 'name'>> {
  readonly name: 'cvp';
  readonly lambda: Weight;
}

/**
 * λ·CVP as a term for `trainStep`, which gives it the gradients, and for `composite`, which does not.
 *
 * With `decoupled: true` the decay is a step of its own, gated by what the optimizer did:
 *
 *     u = (θ − θ′)/η,   θ′ ← θ′ − η λ a(u, θ)⊙θ
 *
 * An entry that the optimizer left where it was, u = 0, does not decay and is not counted in Φ: gradients that
 * are being accumulated, rows of an embedding that the batch did not have, a learning rate of 0.
 *
 * which under an adaptive optimizer is Cautious Weight Decay exactly: nothing passes through its
 * preconditioner. It needs an optimizer with a `learningRate`, as those of tfjs have.
 *
 * @example
 * const step = trainStep({ optimizer: tf.train.adam(1e-3), terms: [cvp({ lambda: 0.05, decoupled: true })] });
 */
export function cvp(options: CvpTermOptions = {}): Cvp {
  checkOptions('cvp', options, { lambda: weight, decoupled: flag, ...cvpRules });
  const { lambda = 1e-2, decoupled = false, ...formula } = options;
  return {
    name: 'cvp',
    lambda,
    ...(decoupled ? decoupledTerm(lambda, formula) : injectedTerm(lambda, formula)),
  };
}

/** What the two modes differ in. */
type Mode = Omit<Cvp, 'name' | 'lambda'>;

function injectedTerm(lambda: Weight, options: CvpOptions): Mode {
  const valueAndCorrect: Cvp['valueAndCorrect'] = (grads, params, step = 0) => {
    const parameters = pair(params, grads, 'required');
    const weight = weightAt('cvp', lambda, step);
    return tf.tidy(() => {
      const { grads, decays } = inject(parameters, weight, options);
      return { value: tf.mul(weight, penaltyValue(decays)), grads };
    });
  };
  return {
    penalty: (inputs, step = 0) => {
      checkObject('cvp', 'inputs', inputs);
      const parameters = pair(inputs.params, inputs.grads);
      const thetas = parameters.map(({ theta }) => theta);
      return weighted('cvp', lambda, step, thetas, () => decayPenalty(parameters, options));
    },
    correct: (grads, params, step) => tf.tidy(() => valueAndCorrect(grads, params, step).grads),
    valueAndCorrect,
  };
}

function decoupledTerm(lambda: Weight, options: CvpOptions): Mode {
  const refuse = (): never => {
    const expected = 'to be false here: the decoupled step is taken by `trainStep`';
    reject('cvp', 'decoupled', expected, true);
  };
  return {
    penalty: refuse,
    correct: refuse,
    valueAndCorrect: refuse,
    decouple: decoupledStep(lambda, options),
  };
}
