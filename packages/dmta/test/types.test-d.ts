import type * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { dmta } from '@toploss/dmta';
import { expectTypeOf, test } from 'vitest';

declare const optimizer: tf.Optimizer;
declare const loss: () => tf.Scalar;

test('only the cosine has a value', () => {
  const cosine = trainStep({ optimizer, terms: [dmta({ mode: 'cosine', loss })] });
  expectTypeOf(cosine(() => ({ loss: loss() })).dmta).toEqualTypeOf<tf.Scalar>();
  const linear = trainStep({ optimizer, terms: [dmta({ alpha: 5 })] });
  expectTypeOf(linear(() => ({ loss: loss() }))).not.toHaveProperty('dmta');
});

test('neither asks anything of forward', () => {
  const step = trainStep({ optimizer, terms: [dmta()] });
  expectTypeOf(step).parameter(0).returns.toExtend<{ loss: tf.Tensor }>();
  step(() => ({ loss: loss() }));
});

test('an option of the other mode is an error', () => {
  // @ts-expect-error `alpha` is of the linear mode
  dmta({ mode: 'cosine', alpha: 5 });
  // @ts-expect-error `loss` is of the cosine mode
  dmta({ loss });
});
