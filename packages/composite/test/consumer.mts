// An app that uses every export of this package: check:packages compiles it against the packed package. It never runs.
import type * as tf from '@tensorflow/tfjs-core';
import * as composites from '@toploss/composite';
import * as core from '@toploss/core';
import type * as kit from '@toploss/core/kit';
import * as cvps from '@toploss/cvp';
import * as dmtas from '@toploss/dmta';
import * as sasps from '@toploss/sasp';

declare const optimizer: tf.Optimizer;
declare const loss: tf.Scalar;
declare const logits: tf.Tensor2D;
declare const features: tf.Tensor2D;
declare const targets: tf.Tensor1D;
declare const params: tf.NamedTensorMap;
declare const grads: tf.NamedTensorMap;
declare const variables: tf.Variable[];

/** Neither more general than `Type` nor more special. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function isSame<A, B>(_: Same<A, B>) {}

export function compositeTypes() {
  const terms = [sasps.sasp(), cvps.cvp()] as const;
  const both: composites.Composite<typeof terms> = composites.composite(terms);
  const inputs = { logits, features, targets, params, grads };
  const components: composites.Components<typeof terms> = both.components(inputs);
  isSame<keyof typeof components, 'sasp' | 'cvp'>(true);
  // @ts-expect-error the features are forgotten
  both.penalty({ logits, targets, params, grads });

  const options = { sasp: { lambda: 0.1 }, dmta: { alpha: 1 } };
  options satisfies composites.TopologicalLossOptions;
  const total: composites.TopologicalLoss<typeof options> = composites.topologicalLoss(options);
  const needed: composites.TopologicalLossInputs<typeof options> = inputs;
  total.components(loss, needed).dmta.dataSync();
  // @ts-expect-error the targets are forgotten
  total(loss, { logits, features, params, grads });
  // @ts-expect-error there is no such penalty
  composites.topologicalLoss({ sapp: {} });
  return total(loss, inputs);
}

export function stepTypes() {
  const terms = [sasps.sasp(), cvps.cvp(), dmtas.dmta()] as const;
  const options: core.TrainStepOptions<typeof terms> = { optimizer, params: variables, terms };
  const forward: core.Forward<typeof terms> = () => ({ loss, logits, features, targets });
  const losses: core.Losses<typeof terms> = core.trainStep(options)(forward);
  isSame<keyof typeof losses, 'total' | 'base' | 'sasp' | 'cvp'>(true);
  const inputs: core.InputsOf<typeof terms> = { logits, features, targets };
  const read: kit.PenaltyInputs<typeof terms> = { ...inputs, params, grads };
  isSame<kit.Intersection<{ a: 1 } | { b: 2 }>, { a: 1 } & { b: 2 }>(true);
  isSame<kit.AllOf<{ of: { a: 1 } } | { of: { b: 2 } }>, { a: 1 } & { b: 2 }>(true);
  const step = core.trainStep({ optimizer, terms: [sasps.sasp(), cvps.cvp()] });
  // @ts-expect-error the features are forgotten
  step(() => ({ loss, logits, targets }));
  // @ts-expect-error the loss is forgotten
  step(() => ({ logits, features, targets }));
  return read;
}
