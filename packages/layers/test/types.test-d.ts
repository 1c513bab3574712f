import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Regularizer, Term } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import { attach, batchLoss } from '@toploss/layers';
import { nger } from '@toploss/nger';
import { sasp, saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { expectTypeOf, test } from 'vitest';

declare const model: LayersModel;

test('every term of @toploss is attached, and its losses have its name', () => {
  const loss = batchLoss(model);
  const terms = [sasp(), saspNetwork(), cvp(), sbmp(), nger({ tasks: 2 })] as const;
  const { losses } = attach(model, [...terms, dmta({ mode: 'cosine', loss })]);
  expectTypeOf(losses()).toEqualTypeOf<{
    readonly [Name in
      | 'total'
      | 'base'
      | 'sasp'
      | 'saspNetwork'
      | 'cvp'
      | 'sbmp'
      | 'dmta']?: tf.Scalar;
  }>();
});

test('so are terms that are known at run time alone', () => {
  const terms: Term[] = [];
  expectTypeOf(attach(model, terms).losses()).toEqualTypeOf<{
    readonly [name: string]: tf.Scalar | undefined;
  }>();
});

test('a penalty reads what a model has', () => {
  const known = {} as Regularizer<{ logits: tf.Tensor2D; words?: string }> & { name: 'known' };
  attach(model, [known]);
  const unknown = {} as Regularizer<{ logits: tf.Tensor2D; words: string }> & { name: 'unknown' };
  // @ts-expect-error no model has words
  attach(model, [unknown]);
  const late = {} as Regularizer<{ grads: tf.NamedTensorMap }> & { name: 'late' };
  // @ts-expect-error there are no gradients in the loss yet
  attach(model, [cvp(), late]);
});

test('options are known', () => {
  attach(model, [], { output: 'digit', batch: [0, 0] });
  // @ts-expect-error unknown option
  attach(model, [], { outputs: 'digit' });
});
