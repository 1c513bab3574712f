import * as tf from '@tensorflow/tfjs-core';
import { applyCvp, cvpPenalty } from '@toploss/cvp';
import { expectClose, expectThrows, type GoldenTensor, golden, tensorOf } from '@toploss/testing';
import { describe, test } from 'vitest';

const byIndex = (tensors: tf.Tensor[]): tf.NamedTensorMap => Object.fromEntries(tensors.entries());

interface Case {
  name: string;
  params: GoldenTensor[];
  grads: (GoldenTensor | null)[];
  beta: number;
  lambda_: number;
  value: number;
  dParams: (GoldenTensor | null)[];
  applied: (GoldenTensor | null)[];
}

describe.each(await golden<Case>('cvp'))('$name', (given) => {
  const options = {
    beta: given.beta,
    gate: 'expansion',
    normalize: 'none',
    filter: () => true,
  } as const;
  const params = given.params.map((x) => tensorOf(x));
  const grads = given.grads.map((x) => x && tensorOf(x));

  test('value and gradients', () => {
    const { value, grads: dParams } = tf.valueAndGrads((...theta: tf.Tensor[]) =>
      cvpPenalty(theta, grads, options),
    )(params);
    expectClose(value, given.value);
    for (const [k, expected] of given.dParams.entries()) {
      const nothing = tf.zerosLike(params[k] as tf.Tensor);
      expectClose(dParams[k] as tf.Tensor, expected ?? nothing);
    }
  });

  test('injection', () => {
    const inject = () =>
      applyCvp(byIndex(grads as tf.Tensor[]), byIndex(params), {
        ...options,
        lambda: given.lambda_,
      });
    if (grads.includes(null)) {
      expectThrows(inject, /^cvp: expected `grads\.\d` .*Received: null/);
      return;
    }
    const applied = inject();
    for (const [k, expected] of given.applied.entries()) {
      expectClose(applied[k] as tf.Tensor, expected as GoldenTensor);
    }
  });
});
