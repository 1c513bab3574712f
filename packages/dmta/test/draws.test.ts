import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { dmta } from '@toploss/dmta';
import { expectThrows, valuesOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

const x = tf.randomNormal<tf.Rank.R2>([16, 4], 0, 1, 'float32', 1);
const y = tf.randomNormal<tf.Rank.R2>([16, 1], 0, 1, 'float32', 2);

/** Two layers, with something between them; the last kernel may be 0, which hides it from the loss. */
function network(between: (h: tf.Tensor) => tf.Tensor, last: 'zeros' | 'random') {
  const W = tf.variable(tf.randomNormal([4, 8], 0, 1, 'float32', 3));
  const V = tf.variable(
    last === 'zeros' ? tf.zeros([8, 1]) : tf.randomNormal([8, 1], 0, 1, 'float32', 4),
  );
  const loss = () =>
    tf.losses.meanSquaredError(y, tf.matMul(between(tf.tanh(tf.matMul(x, W))), V)) as tf.Scalar;
  return { params: [W, V], loss };
}

const drawn: Record<string, (h: tf.Tensor) => tf.Tensor> = {
  dropout: (h) => tf.dropout(h, 0.5),
  noise: (h) => tf.add(h, tf.randomNormal(h.shape, 0, 0.01)),
};

const cases = Object.keys(drawn).flatMap((name) =>
  (['central', 'forward'] as const).flatMap((difference) =>
    (['zeros', 'random'] as const).map((last) => [name, difference, last] as const),
  ),
);

describe('a loss that draws is refused before a parameter moves', () => {
  test.each(cases)('%s, %s, last kernel of %s', (name, difference, last) => {
    const { params, loss } = network(drawn[name] as (h: tf.Tensor) => tf.Tensor, last);
    const term = dmta({ mode: 'cosine', lambda: 0.1, mu: 0.5, loss, difference });
    // An average from elsewhere, so that the last kernel is still as it was.
    term.observe(Object.fromEntries(params.map((p) => [p.name, tf.onesLike(p)])));
    const step = trainStep({ optimizer: tf.train.sgd(0.1), params, terms: [term] });
    const [before, state] = [params.map(valuesOf), term.getState()];
    const message =
      /^dmta: expected `loss` to (have the same gradient in every call|be all.*deterministic)/;
    for (const _ of [1, 2]) {
      expectThrows(() => step(() => ({ loss: loss() })), message);
    }
    expect(params.map(valuesOf)).toEqual(before);
    expect(term.getState()).toEqual(state);
    term.dispose();
    tf.dispose(params);
  });

  test('as a penalty too', () => {
    const { params, loss } = network(drawn.dropout as never, 'zeros');
    const term = dmta({ mode: 'cosine', loss, mu: 0.5 });
    const named = Object.fromEntries(params.map((p) => [p.name, p]));
    const { grads } = tf.variableGrads(loss, params);
    term.observe(grads);
    expectThrows(
      () => term.penalty({ params: named, grads }),
      /^dmta: expected `loss` to have the/,
    );
    term.dispose();
    tf.dispose(params);
  });
});

describe.each(['central', 'forward'] as const)('%s', (difference) => {
  test('the same masks in each call of a step pass, and are checked once', () => {
    let [seed, calls] = [1, 0];
    const { params, loss } = network((h) => tf.dropout(h, 0.5, undefined, seed), 'zeros');
    const counted = () => {
      calls++;
      return loss();
    };
    const term = dmta({ mode: 'cosine', lambda: 0.1, mu: 0.5, loss: counted, difference });
    const step = trainStep({ optimizer: tf.train.sgd(0.1), params, terms: [term] });
    const counts = [1, 2, 3, 4].map((k) => {
      seed = k;
      calls = 0;
      tf.dispose({ ...step(() => ({ loss: loss() })) });
      return calls;
    });
    // Nothing before there is an average; then the check once, of two gradients or of one beside that of the step.
    expect(counts).toEqual(difference === 'central' ? [0, 4, 2, 2] : [0, 2, 1, 1]);
    term.dispose();
    tf.dispose(params);
  });
});

test('linear may draw, as it differentiates nothing again', () => {
  const { params, loss } = network(drawn.dropout as never, 'random');
  const term = dmta();
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params, terms: [term] });
  for (let k = 0; k < 3; k++) {
    tf.dispose({ ...step(() => ({ loss: loss() })) });
  }
  term.dispose();
  tf.dispose(params);
});
