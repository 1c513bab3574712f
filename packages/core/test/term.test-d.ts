import * as tf from '@tensorflow/tfjs-core';
import { expectTypeOf, test } from 'vitest';
import { trainStep } from '../src/index.js';
import type {
  Correction,
  InputsOf,
  Losses,
  Regularizer,
  Stateful,
  ValuedCorrection,
} from '../src/kit/index.js';

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

declare const valued: ValuedCorrection & Named<'valued'>;
declare const correctsAndRemembers: Correction &
  Stateful<tf.NamedTensorMap> &
  Named<'correctsAndRemembers'>;

test('a term that corrects and remembers observes the gradients, and asks for nothing', () => {
  expectTypeOf<InputsOf<[typeof correctsAndRemembers]>>().toEqualTypeOf<unknown>();
  const step = trainStep({ optimizer, terms: [correctsAndRemembers] });
  step(() => ({ loss: x }));
});

test('what only remembers asks for what it observes, and reports nothing', () => {
  const step = trainStep({ optimizer, terms: [remembers] });
  const losses = step(() => ({ loss: x, taskLosses: [x] }));
  expectTypeOf<keyof typeof losses>().toEqualTypeOf<'total' | 'base'>();
  // @ts-expect-error taskLosses is missing
  step(() => ({ loss: x }));
});

test('the losses have the names of the terms with a value, and no others', () => {
  type Reported = Losses<[typeof onX, typeof valued, typeof corrects, typeof remembers]>;
  expectTypeOf<keyof Reported>().toEqualTypeOf<'total' | 'base' | 'onX' | 'valued'>();
  expectTypeOf<Losses<[]>>().toEqualTypeOf<{
    readonly total: tf.Scalar;
    readonly base: tf.Scalar;
  }>();
});

test('inputs of the same name intersect', () => {
  type Terms = [Regularizer<{ t: tf.Tensor }>, Regularizer<{ t: tf.Tensor2D; u: number }>];
  expectTypeOf<InputsOf<Terms>['t']>().toExtend<tf.Tensor2D>();
  expectTypeOf<InputsOf<Terms>['u']>().toEqualTypeOf<number>();
  expectTypeOf<InputsOf<[]>>().toEqualTypeOf<unknown>();
});

test('an input of the wrong type does not compile', () => {
  const step = trainStep({ optimizer, terms: [onY] });
  // @ts-expect-error y is a matrix
  step(() => ({ loss: x, y: x }));
  step(() => ({ loss: x, y, more: 1 }));
});
