import * as tf from '@tensorflow/tfjs-core';
import { type ActivationName, saspNetworkPenalty } from '@toploss/sasp';
import {
  expectClose,
  type GoldenTensor,
  golden,
  readTogether,
  stackOf,
  tensorOf,
} from '@toploss/testing';
import { describe, expect, test } from 'vitest';

interface Case {
  name: string;
  x: GoldenTensor;
  /** W₁, b₁, …, W_L, b_L */
  params: GoldenTensor[];
  activation: ActivationName;
  /** Not in the relative cases, where no bias counts. */
  includeBias?: boolean;
  probe: GoldenTensor;
  trace: number;
  traceGrads: GoldenTensor[];
  root: number;
  rootGrads: GoldenTensor[];
  exactTrace: number;
}

const absolute = await golden<Case>('sasp-network');
const relative = await golden<Case>('sasp-network-relative');
test('there are 32 cases, and 16 relative ones', () =>
  expect([absolute.length, relative.length]).toEqual([32, 16]));

const cases = [
  ...absolute.map((given) => ({ ...given, scale: 'absolute' as const })),
  ...relative.map((given) => ({ ...given, scale: 'relative' as const })),
];

describe.each(cases)('$name, $scale', ({ activation, includeBias = true, scale, ...given }) => {
  const x = tensorOf<tf.Rank.R2>(given.x);
  const probe = tensorOf<tf.Rank.R2>(given.probe);
  const params = given.params.map((p) => tensorOf(p));

  const modelOf = (weights: readonly tf.Tensor[]) =>
    stackOf(
      Array.from({ length: weights.length / 2 }, (_, l) => ({
        kernel: weights[2 * l] as tf.Tensor,
        bias: weights[2 * l + 1],
        activation,
      })),
    );

  test.each([
    ['trace', false],
    ['root', true],
  ] as const)('%s and its gradients', (key, root) => {
    const { value, grads } = tf.valueAndGrads((...weights: tf.Tensor[]) => {
      const { logits, layers } = modelOf(weights)(x);
      return saspNetworkPenalty(logits, layers, { root, probe, fraction: 1, includeBias, scale });
    })(params);
    const [phi, ...gradients] = readTogether([value, ...grads]);
    expectClose(phi as GoldenTensor, given[key]);
    for (const [k, grad] of gradients.entries()) {
      // The logits' bias has a gradient of rounding errors where the trace does not depend on it.
      expectClose(grad, given[`${key}Grads`][k] as GoldenTensor, 1e-5, 1e-7);
    }
  });

  test('exact trace', () => {
    const { logits, layers } = modelOf(params)(x);
    const options = { root: false, exact: true, includeBias, scale };
    expectClose(saspNetworkPenalty(logits, layers, options), given.exactTrace);
  });
});
