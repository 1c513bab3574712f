import type * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { nger, ntkProxies } from '@toploss/nger';
import { expectTypeOf, test } from 'vitest';

declare const optimizer: tf.Optimizer;
declare const loss: tf.Scalar;
declare const features: tf.Tensor2D;
declare const kernel: tf.Variable;

test('the losses get what is shared, in its own type', () => {
  expectTypeOf(ntkProxies((_: tf.Tensor2D) => [loss], features)).toEqualTypeOf<tf.Tensor1D>();
  expectTypeOf(ntkProxies(() => [loss], [kernel])).toEqualTypeOf<tf.Tensor1D>();
});

test('a step asks for the losses and the proxies, and reports no penalty', () => {
  const step = trainStep({ optimizer, terms: [nger({ tasks: 2 })] });
  const losses = step(() => ({ loss, taskLosses: [loss, loss], ntkProxies: [1, 2] }));
  expectTypeOf(losses).toEqualTypeOf<{ readonly total: tf.Scalar; readonly base: tf.Scalar }>();
  // @ts-expect-error no proxies
  step(() => ({ loss, taskLosses: [loss, loss] }));
});

test('the number of tasks is obligatory, and a floor one of those', () => {
  // @ts-expect-error no tasks
  nger({});
  // @ts-expect-error no such floor
  nger({ tasks: 2, floor: 'min' });
});
