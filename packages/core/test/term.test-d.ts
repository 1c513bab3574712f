import * as tf from '@tensorflow/tfjs-core';
import { expectTypeOf, test } from 'vitest';
import {
  type Correction,
  type InputsOf,
  type Regularizer,
  type Stateful,
  trainStep,
} from '../src/index.js';

type Named<N extends string> = { readonly name: N };
declare const onX: Regularizer<{ x: tf.Scalar }> & Named<'onX'>;
declare const onY: Regularizer<{ y: tf.Tensor2D }> & Named<'onY'>;
declare const corrects: Correction & Named<'corrects'>;
declare const remembers: Stateful<{ taskLosses: tf.Scalar[] }> & Named<'remembers'>;
declare const x: tf.Scalar;
declare const y: tf.Tensor2D;
const optimizer = tf.train.sgd(1);

test('what asks for less serves where there is more', () => {
  expectTypeOf(onX).toExtend<Regularizer<{ x: tf.Scalar; y: tf.Tensor2D }>>();
  expectTypeOf<Regularizer<{ x: tf.Scalar; y: tf.Tensor2D }>>().not.toExtend<
    Regularizer<{ x: tf.Scalar }>
  >();
});

test('the inputs of all terms come together; a correction asks for nothing', () => {
  type Inputs = InputsOf<[typeof onX, typeof corrects, typeof onY, typeof remembers]>;
  expectTypeOf<Inputs['x']>().toEqualTypeOf<tf.Scalar>();
  expectTypeOf<Inputs['y']>().toEqualTypeOf<tf.Tensor2D>();
  expectTypeOf<Inputs['taskLosses']>().toEqualTypeOf<tf.Scalar[]>();
  expectTypeOf<InputsOf<[typeof corrects]>>().toEqualTypeOf<unknown>();
});

test('a forgotten input does not compile, and the losses have names', () => {
  const step = trainStep({ optimizer, terms: [onX, onY, corrects] });
  const losses = step(() => ({ loss: x, x, y }));
  expectTypeOf(losses.onX).toEqualTypeOf<tf.Scalar>();
  expectTypeOf(losses.total).toEqualTypeOf<tf.Scalar>();
  // @ts-expect-error a correction without a value reports none
  losses.corrects;
  // @ts-expect-error y is missing
  step(() => ({ loss: x, x }));
  // @ts-expect-error the loss is missing
  step(() => ({ x, y }));
});

test('a composition asks for what its parts ask for', () => {
  const both = { name: 'both', terms: [onX, corrects] } as const;
  const step = trainStep({ optimizer, terms: [both, onY] });
  const losses = step(() => ({ loss: x, x, y }));
  expectTypeOf(losses.onX).toEqualTypeOf<tf.Scalar>();
  // @ts-expect-error x is missing
  step(() => ({ loss: x, y }));
});
