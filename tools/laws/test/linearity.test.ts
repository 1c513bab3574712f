import * as tf from '@tensorflow/tfjs-core';
import { expectClose } from '@toploss/testing';
import { layered, type Model, onModels } from '@toploss/testing/recipes';
import { describe, test } from 'vitest';
import { disposeOf, names, penaltyOf, stepOf, termOf } from '../src/terms.js';

const each = (
  map: tf.NamedTensorMap,
  f: (x: tf.Tensor, name: string) => tf.Tensor,
): tf.NamedTensorMap =>
  Object.fromEntries(Object.entries(map).map(([name, x]) => [name, f(x, name)]));

const minus = (a: tf.NamedTensorMap, b: tf.NamedTensorMap) =>
  each(a, (x, name) => tf.sub(x, b[name] as tf.Tensor));

function expectMaps(actual: tf.NamedTensorMap, expected: tf.NamedTensorMap, absolute: number) {
  for (const [name, x] of Object.entries(expected)) {
    expectClose(actual[name] as tf.Tensor, x, 1e-4, absolute);
  }
}

describe('what a term adds is linear in λ', () => {
  for (const name of names) {
    const at = (lambda: number, model: Model) => {
      const term = termOf(name, lambda, model);
      const result = { ...penaltyOf(term, model), move: stepOf([term], model) };
      disposeOf([term]);
      return result;
    };
    test(`${name}: to the loss, to the gradients, and to a step of plain descent`, () =>
      onModels(
        6,
        (model) => {
          const [none, one, half] = [0, 1, 0.5].map((lambda) => at(lambda, model)) as [
            ReturnType<typeof at>,
            ReturnType<typeof at>,
            ReturnType<typeof at>,
          ];
          expectClose(half.value, tf.mul(0.5, one.value), 1e-5, 1e-7);
          expectMaps(
            half.grads,
            each(one.grads, (g) => tf.mul(0.5, g)),
            1e-6,
          );
          const added = minus(one.move, none.move);
          expectMaps(
            minus(half.move, none.move),
            each(added, (x) => tf.mul(0.5, x)),
            2e-6,
          );
          // −η ∂Φ, and so the same as in the loss
          expectMaps(
            added,
            each(one.grads, (g) => tf.mul(-0.5, g)),
            2e-6,
          );
        },
        layered,
      ));
  }

  test('and what two of them add is the sum: of the penalties, and of a correction behind it', () =>
    onModels(
      5,
      (model) => {
        const moves = (...chosen: string[]) => {
          const terms = chosen.map((name) => termOf(name, 0.3, model));
          const move = stepOf(terms, model);
          disposeOf(terms);
          return move;
        };
        const none = moves();
        const parts = (['sasp', 'saspNetwork', 'sbmp'] as const).map((name) =>
          minus(moves(name), none),
        );
        const all = minus(moves('sasp', 'saspNetwork', 'sbmp'), none);
        expectMaps(
          all,
          each(all, (_, name) => tf.addN(parts.map((part) => part[name] as tf.Tensor))),
          3e-6,
        );
      },
      layered,
    ));
});
