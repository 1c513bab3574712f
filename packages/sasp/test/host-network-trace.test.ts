import * as tf from '@tensorflow/tfjs-core';
import { expectClose, expectNoLeak, normal } from '@toploss/testing';
import { expect, test } from 'vitest';
import { type ActivationName, activations } from '../src/layers/activations.js';
import { traceOfOperations } from '../src/layers/formula.js';
import { hostTrace } from '../src/layers/loop.js';
import { squaredInput } from '../src/layers/measure.js';
import type { Hidden, Stack, Traced } from '../src/layers/stack.js';

const [B, WIDTHS] = [7, [4, 6, 5, 3]] as const;

function stackOf(names: readonly ActivationName[], settings: Partial<Stack>): Stack {
  const hidden = names.map((name, l): Hidden => {
    const width = WIDTHS[l + 1] as number;
    const seen = settings.counts ?? tf.ones([B, 1]);
    const kept = tf.mul(2, tf.step(normal([B, width], 20 + l)));
    return {
      // 0 where a row doesn't count
      input: tf.mul(tf.mul(kept, seen), tf.abs(normal([B, width], 30 + l, 0.4))) as tf.Tensor2D,
      dropout: l === 0 ? kept : undefined,
      preActivation:
        activations[name].reads === 'preActivation' ? normal([B, width], 40 + l) : undefined,
      activation: activations[name],
      kernel: normal([width, WIDTHS[l + 2] as number], 50 + l) as tf.Tensor2D,
      includeBias: l > 0 && settings.scale !== 'relative',
    };
  });
  const classes = WIDTHS[names.length + 1] as number;
  return {
    head: 'softmax',
    logits: normal([B, classes], 1) as tf.Tensor2D,
    xi: normal([B, classes], 2),
    first: {
      input: normal([B, 4], 3) as tf.Tensor2D,
      kernel: normal([4, WIDTHS[1]], 4) as tf.Tensor2D,
      includeBias: settings.scale !== 'relative',
    },
    hidden,
    scale: 'absolute',
    ...settings,
  };
}

const relative = { scale: 'relative' } as const;
const counts = tf.tensor2d([1, 0, 1, 1, 0, 1, 1], [B, 1]);
const cases: [string, ActivationName[], Partial<Stack>][] = [
  ['tanh, relu', ['tanh', 'relu'], {}],
  ['swish, sigmoid, relative', ['swish', 'sigmoid'], relative],
  ['elu, gelu, of a part of the rows', ['elu', 'gelu'], { counts }],
  [
    'linear, sigmoid head, relative, of a part',
    ['linear'],
    { head: 'sigmoid', counts, ...relative },
  ],
  ['a head alone', [], { head: 'linear' }],
];

test.each(cases)('loops are the operations: %s', (_, names, settings) => {
  const stack = stackOf(names, settings);
  const first = squaredInput(stack.first, stack.scale);
  const evaluate = ({ value, saved, pullback }: Traced) => [
    value,
    ...pullback(tf.scalar(3), saved),
  ];
  const looped = evaluate(hostTrace(stack, first) as Traced);
  const expected = evaluate(traceOfOperations(stack, first));
  expect(looped.length).toBe(expected.length);
  for (const [k, x] of looped.entries()) {
    expect(x.shape).toEqual((expected[k] as tf.Tensor).shape);
    expectClose(x, expected[k] as tf.Tensor, 2e-6, 1e-7);
  }
  expectNoLeak(() => tf.tidy(() => (hostTrace(stack, first) as Traced).value));
});
