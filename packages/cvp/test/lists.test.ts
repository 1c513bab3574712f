import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { normal } from '@toploss/testing';
import { expect, test } from 'vitest';
import { type CvpTermOptions, cvp } from '../src/index.js';

/** θ after each of three steps of Adam, and the values of CVP. */
function trained(term: ReturnType<typeof cvp>) {
  const x = normal([8, 5], 1);
  const [w, b] = [tf.variable(normal([5, 3], 2)), tf.variable(normal([3], 3))];
  const step = trainStep({ optimizer: tf.train.adam(0.1), params: [w, b], terms: [term] });
  const numbers = [0, 1, 2].map(() => {
    const losses = step(() => ({
      loss: tf.mean(tf.square(tf.add(tf.matMul(x as tf.Tensor2D, w), b))) as tf.Scalar,
    }));
    const row = [w, b, losses.cvp as tf.Scalar].map((x) => [...x.dataSync()]);
    tf.dispose(losses);
    return row;
  });
  tf.dispose([w, b]);
  return numbers;
}

const all: CvpTermOptions[] = [
  {},
  { beta: Number.POSITIVE_INFINITY, gate: 'expansion' },
  { normalize: 'none', filter: () => true },
  { filter: () => false },
  { lambda: (step) => (step === 1 ? 0 : 0.5) },
];

test.each(all)('trainStep corrects by lists as by names, bit for bit: %o', (options) => {
  const term = cvp({ lambda: 0.5, ...options }) as ReturnType<typeof cvp> & { decoupled?: false };
  const named = {
    ...term,
    valueAndCorrect: (...args: Parameters<typeof term.valueAndCorrect>) =>
      term.valueAndCorrect(...args),
  } as typeof term;
  expect(trained(term)).toEqual(trained(named));
});
