import * as tf from '@tensorflow/tfjs-core';
import type { AllOf, Regularizer, Rule } from '@toploss/core/kit';
import { type Cvp, type CvpTermOptions, cvp } from '@toploss/cvp';
import { type CosineDmtaOptions, dmta, type LinearDmtaOptions } from '@toploss/dmta';
import {
  type SaspNetworkTermOptions,
  type SaspTermOptions,
  sasp,
  saspNetwork,
} from '@toploss/sasp';
import { type SbmpTermOptions, sbmp } from '@toploss/sbmp';
import { check, composite, total } from './composite.js';

type InjectedCvpOptions = Omit<CvpTermOptions, 'decoupled'>;

/** The penalties that can be configured by name. */
const factories = {
  sasp,
  saspNetwork,
  cvp: (options: InjectedCvpOptions): Cvp => cvp(options),
  sbmp,
  dmta,
};

type TermOf<Name extends keyof typeof factories> = ReturnType<(typeof factories)[Name]>;

export interface TopologicalLossOptions {
  /** At the head of the network. */
  sasp?: SaspTermOptions;
  /** Over all of its layers. */
  saspNetwork?: SaspNetworkTermOptions;
  /** In the loss; only `trainStep` takes decoupled steps. */
  cvp?: InjectedCvpOptions;
  /** The noisy pass of the model. */
  sbmp?: SbmpTermOptions;
  /** In the loss, as the frozen surrogate. Let `terms.dmta` observe the gradients of each step. */
  dmta?: LinearDmtaOptions | CosineDmtaOptions;
}

type Configured<Options> = keyof Options & keyof typeof factories;

/** All inputs that the configured penalties read. */
export type TopologicalLossInputs<Options> = [Configured<Options>] extends [never]
  ? object
  : AllOf<
      {
        [Name in Configured<Options>]: { of: Parameters<TermOf<Name>['penalty']>[0] };
      }[Configured<Options>]
    >;

export interface TopologicalLoss<Options> {
  /** L + Σ λΦ, with a schedule of λ at `step`. Without a step, a penalty with `every` has the weight λ. */
  (baseLoss: tf.Tensor, inputs: TopologicalLossInputs<Options>, step?: number): tf.Scalar;
  /** `total`, `base`, and λΦ of each penalty by its name; the caller owns them. */
  components(
    baseLoss: tf.Tensor,
    inputs: TopologicalLossInputs<Options>,
    step?: number,
  ): { readonly [Name in 'total' | 'base' | Configured<Options>]: tf.Scalar };
  /** The configured terms by name. Call `observe`, `getState` and `setState` of a stateful term there. */
  readonly terms: {
    readonly [Name in Configured<Options>]: TermOf<Name>;
  };
}

type NoOthers<Options> = { [Key in Exclude<keyof Options, keyof typeof factories>]: never };

/**
 * The topological loss: a base loss and the penalties that are configured.
 *
 *     L_TLE = L + λ_S SASP + λ_C CVP + λ_B SBMP + λ_D DMTA
 *
 * For several tasks, L is the loss of NGER. A missing input of a penalty throws an error that names it, and is a compile
 * error in TypeScript. With nothing configured, and with every λ = 0, L_TLE is L bit for bit.
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
  check.options(options, settings);
  if ((options.cvp as CvpTermOptions | undefined)?.decoupled) {
    const expected = 'to be left out: decoupled decay is no part of a loss';
    check.reject('cvp.decoupled', expected, true);
  }
  const configured = Object.entries(factories).flatMap(([name, factory]) => {
    const make = factory as (setting: object) => Regularizer<unknown>;
    const setting = options[name as keyof typeof factories];
    return setting === undefined ? [] : [make(setting)];
  });
  const penalties = composite(configured);
  const terms = Object.fromEntries(configured.map((term) => [term.name, term]));

  const components = (baseLoss: tf.Tensor, inputs: unknown, step?: number) =>
    tf.tidy(() => {
      check.tensor('baseLoss', baseLoss, []);
      check.object('inputs', inputs);
      const base = baseLoss as tf.Scalar;
      const values = penalties.components(inputs, step);
      return { total: tf.clone(total(values, base)), base: tf.clone(base), ...values };
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
