import * as tf from '@tensorflow/tfjs-core';
import { composite, topologicalLoss } from '@toploss/composite';
import { type Regularizer, trainStep } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import { nger } from '@toploss/nger';
import { sasp, saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { expectTypeOf, test } from 'vitest';

declare const base: tf.Scalar;
declare const logits: tf.Tensor2D;
declare const features: tf.Tensor2D;
declare const targets: tf.Tensor1D;
declare const params: tf.NamedTensorMap;
declare const grads: tf.NamedTensorMap;
declare const optimizer: tf.Optimizer;

test('topologicalLoss asks for what is configured', () => {
  topologicalLoss({})(base, {});
  const loss = topologicalLoss({ sasp: {} });
  expectTypeOf(loss(base, { logits, features, targets })).toEqualTypeOf<tf.Scalar>();
  // @ts-expect-error features are forgotten
  loss(base, { logits, targets });
  // @ts-expect-error inputs are forgotten
  loss(base);
  const both = topologicalLoss({ sasp: {}, cvp: {} });
  both(base, { logits, features, targets, params, grads });
  // @ts-expect-error grads are forgotten
  both(base, { logits, features, targets, params });
  // @ts-expect-error targets are forgotten by the components too
  both.components(base, { logits, features, params, grads });
});

test('what is configured is at hand by name', () => {
  const loss = topologicalLoss({ dmta: { alpha: 1 }, sbmp: { lambda: (step) => step } });
  loss.terms.dmta.observe(grads);
  // @ts-expect-error not configured
  loss.terms.sasp;
  const modelFn = () => logits;
  loss(base, { logits, modelFn, embeddings: features, params, grads });
  // @ts-expect-error the model is forgotten
  loss(base, { logits, embeddings: features, params, grads });
  // @ts-expect-error `loss` is of the cosine mode
  topologicalLoss({ dmta: { loss: () => base } });
});

test('topologicalLoss knows its keys', () => {
  // @ts-expect-error unknown penalty
  topologicalLoss({ sapp: {} });
  // @ts-expect-error unknown option
  topologicalLoss({ sasp: { curvatur: 'fisher' } });
  // @ts-expect-error decoupled decay is no part of a loss
  topologicalLoss({ cvp: { decoupled: true } });
  const components = topologicalLoss({ sasp: {} }).components(base, { logits, features, targets });
  expectTypeOf(components).toEqualTypeOf<{
    readonly total: tf.Scalar;
    readonly base: tf.Scalar;
    readonly sasp: tf.Scalar;
  }>();
});

test('composite intersects the inputs', () => {
  const both = composite([sasp(), cvp()]);
  expectTypeOf<Parameters<typeof both.penalty>[0]>().toExtend<{
    logits: tf.Tensor;
    features: tf.Tensor;
    targets: tf.Tensor;
  }>();
  expectTypeOf<Parameters<typeof both.penalty>[0]>().toHaveProperty('params');
  expectTypeOf<Parameters<typeof both.penalty>[0]>().toHaveProperty('grads');
  both.penalty({ logits, features, targets, params, grads });
  // @ts-expect-error grads are forgotten
  both.penalty({ logits, features, targets, params });
  expectTypeOf(both.components({ logits, features, targets, params, grads })).toEqualTypeOf<{
    readonly sasp: tf.Scalar;
    readonly cvp: tf.Scalar;
  }>();
  const other: Regularizer<{ embeddings: tf.Tensor }> = { name: 'other', penalty: () => base };
  // @ts-expect-error the nested parts' inputs count
  composite([both, other]).penalty({ logits, features, targets, params, grads });
});

test('a composite has its own name among the components of another', () => {
  const inputs = { logits, features, targets, params, grads };
  expectTypeOf(composite([cvp()]).name).toEqualTypeOf<'composite'>();
  const outer = composite([composite([sasp()]), composite([cvp()], 'inner')]);
  expectTypeOf(outer.components(inputs)).toEqualTypeOf<{
    readonly composite: tf.Scalar;
    readonly inner: tf.Scalar;
  }>();
  // @ts-expect-error it is inside of another
  outer.components(inputs).sasp;
});

test('trainStep asks forward for the inputs of the penalties alone', () => {
  const step = trainStep({ optimizer, terms: [sasp(), cvp()] });
  const losses = step(() => ({ loss: base, logits, features, targets }));
  expectTypeOf(losses).toEqualTypeOf<{
    readonly total: tf.Scalar;
    readonly base: tf.Scalar;
    readonly sasp: tf.Scalar;
    readonly cvp: tf.Scalar;
  }>();
  // @ts-expect-error features are forgotten
  step(() => ({ loss: base, logits, targets }));
  // @ts-expect-error the loss is forgotten
  step(() => ({ logits, features, targets }));
  trainStep({ optimizer, terms: [cvp()] })(() => ({ loss: base }));
  trainStep({ optimizer, terms: [composite([sasp(), cvp()])] })(
    // @ts-expect-error features are forgotten, inside a composite
    () => ({ loss: base, logits, targets }),
  );
  // @ts-expect-error no such loss
  losses.sbmp;
});

test('what tfjs makes is a tensor of no known rank, and taken as that', () => {
  const any = tf.zeros([]) as tf.Tensor;
  const W = tf.variable(any);
  const taskLosses = [any, any];
  trainStep({ optimizer, terms: [sasp(), saspNetwork(), sbmp(), nger({ tasks: 2 })] })(() => ({
    ...{ loss: any, logits: any, features: any, targets: any, taskLosses, ntkProxies: any },
    ...{ modelFn: (x: tf.Tensor) => tf.matMul(x, W), embeddings: any },
    layers: [
      { input: any, kernel: W, activation: 'relu' },
      { input: any, kernel: W, dropout: any },
    ],
  }));
  topologicalLoss({ sasp: {} })(any, { logits: any, features: any, targets: any });
  dmta({ mode: 'cosine', loss: () => any });
  const own = { name: 'own' as const, penalty: ({ x }: { x: tf.Tensor }) => tf.mul(x, x) };
  const step = trainStep({ optimizer, terms: [composite([own]), { ...own, name: 'again' }] });
  expectTypeOf(step(() => ({ loss: any, x: any })).own).toEqualTypeOf<tf.Scalar>();
  // @ts-expect-error x is forgotten
  step(() => ({ loss: any }));
});
