import * as tf from '@tensorflow/tfjs-core';
import {
  checkObject,
  checkOptions,
  checkTensor,
  type Intersection,
  type Regularizer,
  type Rule,
  reject,
} from '@toploss/core/kit';
import { type CvpInputs, type CvpTermOptions, cvp } from '@toploss/cvp';
import {
  type CosineDmtaOptions,
  type DmtaInputs,
  dmta,
  type LinearDmtaOptions,
} from '@toploss/dmta';
import {
  type SaspInputs,
  type SaspNetworkInputs,
  type SaspNetworkTermOptions,
  type SaspTermOptions,
  type SaspWeightsInputs,
  sasp,
  saspNetwork,
} from '@toploss/sasp';
import { type SbmpInputs, type SbmpTermOptions, sbmp } from '@toploss/sbmp';
import { composite } from './composite.js';

/** The penalties that can be configured by name. */
const factories = { sasp, saspNetwork, cvp, sbmp, dmta };

/** What each of them reads. */
interface InputsByName {
  sasp: SaspInputs;
  saspNetwork: SaspNetworkInputs | SaspWeightsInputs;
  cvp: CvpInputs;
  sbmp: SbmpInputs;
  dmta: DmtaInputs;
}

export interface TopologicalLossOptions {
  /** At the head of the network. */
  sasp?: SaspTermOptions;
  /** Over all of its layers. */
  saspNetwork?: SaspNetworkTermOptions;
  /** In the loss; a decoupled step is a matter for `trainStep`. */
  cvp?: Omit<CvpTermOptions, 'decoupled'>;
  /** The noisy pass of the model. */
  sbmp?: SbmpTermOptions;
  /** In the loss, as the frozen surrogate; whoever computes the gradients has `terms.dmta` observe them. */
  dmta?: LinearDmtaOptions | CosineDmtaOptions;
}

type Configured<Options> = keyof Options & keyof InputsByName;

/** What the configured penalties read together. */
export type TopologicalLossInputs<Options> = [Configured<Options>] extends [never]
  ? object
  : Intersection<
        { [Name in Configured<Options>]: { of: InputsByName[Name] } }[Configured<Options>]
      > extends { of: infer Inputs }
    ? Inputs
    : never;

export interface TopologicalLoss<Options> {
  /** L + Σ λΦ, λ at `step` where it is a schedule; without a step, a penalty of every k-th step has the weight λ. */
  (baseLoss: tf.Tensor, inputs: TopologicalLossInputs<Options>, step?: number): tf.Scalar;
  /** `total`, `base`, and λΦ of each penalty by its name; the caller owns them. */
  components(
    baseLoss: tf.Tensor,
    inputs: TopologicalLossInputs<Options>,
    step?: number,
  ): { readonly [Name in 'total' | 'base' | Configured<Options>]: tf.Scalar };
  /** What is configured, by name: a term that remembers something observes, saves and restores there. */
  readonly terms: {
    readonly [Name in Configured<Options>]: ReturnType<(typeof factories)[Name]>;
  };
}

type NoOthers<Options> = { [Key in Exclude<keyof Options, keyof InputsByName>]: never };

/**
 * The topological loss: a base loss and the penalties that are configured.
 *
 *     L_TLE = L + λ_S SASP + λ_C CVP + λ_B SBMP + λ_D DMTA
 *
 * For several tasks L is that of NGER. What the penalties read becomes obligatory: leaving it out is a compile error, and a thrown one in
 * JavaScript. With nothing configured, and with every λ = 0, L_TLE is L bit for bit.
 *
 * @example
 * const loss = topologicalLoss({ sasp: { lambda: 0.05 } });
 * const { value, grads } = tf.variableGrads(() => {
 *   const { logits, features } = model(x);
 *   return loss(crossEntropy(logits, targets), { logits, features, targets });
 * });
 */
export function topologicalLoss<const Options extends TopologicalLossOptions>(
  options: Options & NoOthers<Options>,
): TopologicalLoss<Options> {
  checkOptions('composite', options, settings);
  if ((options.cvp as CvpTermOptions | undefined)?.decoupled) {
    reject(
      'composite',
      'cvp.decoupled',
      'to be left out: decoupled decay is no part of a loss',
      true,
    );
  }
  const configured = Object.entries(factories).flatMap(([name, factory]) => {
    const make = factory as (setting: object) => Regularizer<unknown>;
    const setting = options[name as keyof InputsByName];
    return setting === undefined ? [] : [make(setting)];
  });
  const penalties = composite(configured);
  const terms = Object.fromEntries(configured.map((term) => [term.name, term]));

  const components = (baseLoss: tf.Tensor, inputs: unknown, step?: number) =>
    tf.tidy(() => {
      checkTensor('composite', 'baseLoss', baseLoss, []);
      checkObject('composite', 'inputs', inputs);
      const values = penalties.components(inputs, step);
      const total = Object.values(values).reduce((sum, value) => tf.add(sum, value), baseLoss);
      return { total: tf.clone(total), base: tf.clone(baseLoss), ...values };
    });
  const loss = (baseLoss: tf.Tensor, inputs: unknown, step?: number) =>
    tf.tidy(() => components(baseLoss, inputs, step).total);
  return Object.assign(loss, { components, terms }) as TopologicalLoss<Options>;
}

const setting: Rule = {
  expected: 'to be an object of options',
  allows: (value) => typeof value === 'object' && value !== null,
};
const settings = Object.fromEntries(Object.keys(factories).map((name) => [name, setting]));
