import * as tf from '@tensorflow/tfjs-core';
import {
  checkArgument,
  checkObject,
  checkOptions,
  checkTensors,
  type Decoupled,
  flag,
  number,
  type Regularizer,
  reject,
  type ValuedCorrection,
  type Weight,
  weight,
  weightAt,
  weighted,
} from '@toploss/core/kit';
import { type CvpOptions, cvpRules, decayOf, inject, penaltyOf, penaltyValue } from './cvp.js';
import { steepness } from './gate.js';
import {
  checkThetas,
  type Gradients,
  isDecayed,
  isMatrix,
  pair,
  type Tensors,
} from './parameters.js';

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
  return decoupled ? decoupledTerm(lambda, formula) : injectedTerm(lambda, formula);
}

function injectedTerm(lambda: Weight, options: CvpOptions): Cvp {
  const valueAndCorrect: Cvp['valueAndCorrect'] = (grads, params, step = 0) => {
    const parameters = pair(params, grads, 'required');
    const weight = weightAt('cvp', lambda, step);
    return tf.tidy(() => {
      const { grads, decays } = inject(parameters, weight, options);
      return { value: tf.mul(weight, penaltyValue(decays)), grads };
    });
  };
  return {
    name: 'cvp',
    lambda,
    penalty: (inputs, step = 0) => {
      checkObject('cvp', 'inputs', inputs);
      const parameters = pair(inputs.params, inputs.grads);
      const thetas = parameters.map(({ theta }) => theta);
      return weighted('cvp', lambda, step, thetas, () => penaltyOf(parameters, options));
    },
    correct: (grads, params, step) => tf.tidy(() => valueAndCorrect(grads, params, step).grads),
    valueAndCorrect,
  };
}

/** u = (θ − θ′)/η; finite, as 0·∞ is NaN. */
const inUnitsOf = (learningRate: number, moved: tf.Tensor): tf.Tensor =>
  tf.clipByValue(tf.div(moved, learningRate), -3.4e38, 3.4e38);

const clones = (tensors: tf.NamedTensorMap): tf.NamedTensorMap =>
  Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, tf.clone(x)]));

const rate = number('a finite number ≥ 0', (x) => x >= 0 && x < Number.POSITIVE_INFINITY);

function decoupledTerm(lambda: Weight, options: CvpOptions): Cvp {
  const refuse = (): never =>
    reject(
      'cvp',
      'decoupled',
      'to be false here: the decoupled step is taken by `trainStep`',
      true,
    );
  const { isHard, isNormalized } = steepness(options);
  const hasUnits = !isHard && !isNormalized;
  return {
    name: 'cvp',
    lambda,
    penalty: refuse,
    correct: refuse,
    valueAndCorrect: refuse,
    decouple: (params, learningRate, step = 0) => {
      const thetas = checkThetas(params);
      checkArgument('cvp', 'learningRate', learningRate, rate);
      const weight = weightAt('cvp', lambda, step);
      const { filter = isMatrix } = options;
      const decayed = new Set<string>();
      for (const [name, theta] of thetas) {
        if (isDecayed(filter, name, theta)) {
          decayed.add(name);
        }
      }
      const ofMoved = {
        ...options,
        filter: (name: string) => decayed.has(name),
        isClosedAtRest: true,
      };
      return (updated) =>
        tf.tidy(() => {
          checkTensors('cvp', 'updated', updated, params);
          if (weight * learningRate === 0) {
            return { value: tf.scalar(0), params: clones(updated) };
          }
          // The factor 1/η of u matters to the raw gate alone, which has units.
          const decays = Object.entries(params).map(([name, theta]) => {
            const to = updated[name] as tf.Tensor;
            const moved = tf.sub(theta, to);
            const grad = hasUnits ? inUnitsOf(learningRate, moved) : moved;
            const target = { to, factor: -learningRate * weight };
            return decayOf({ name, theta, grad }, ofMoved, target);
          });
          const next = Object.keys(params).map((name, k): [string, tf.Tensor] => [
            name,
            decays[k]?.sum ?? tf.clone(updated[name] as tf.Tensor),
          ]);
          return {
            value: tf.mul(weight, penaltyValue(decays)),
            params: Object.fromEntries(next),
          };
        });
    },
  };
}
