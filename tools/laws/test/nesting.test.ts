import * as tf from '@tensorflow/tfjs-core';
import { composite, topologicalLoss } from '@toploss/composite';
import type { Regularizer } from '@toploss/core';
import { expectClose, expectSame } from '@toploss/testing';
import { layered, type Model, onModels } from '@toploss/testing/recipes';
import { describe, test } from 'vitest';
import { gradientsOfLoss, lossOf } from '../src/penalties.js';
import { disposeOf, inputsOf, names, penaltyOf, stepOf, termOf } from '../src/terms.js';

type Terms = Regularizer<never>[];

/** All terms of a model, for the law; disposed of after it. */
const withTerms = (count: number, law: (terms: Terms, model: Model) => void) =>
  onModels(
    count,
    (model) => {
      const terms = names.map((name) => termOf(name, 0.3, model));
      law(terms, model);
      disposeOf(terms);
    },
    layered,
  );

const of = (terms: Terms, name?: string) => composite(terms, name) as Regularizer<never>;

/** The same penalty, gradients and step; bit for bit or up to the order of a sum. */
function expectSamePenalty(
  actual: Regularizer<never>,
  expected: Regularizer<never>,
  model: Model,
  exactly = false,
) {
  const expectLike = exactly
    ? expectSame
    : (x: tf.Tensor, y: tf.Tensor) => expectClose(x, y, 1e-5, 1e-6);
  const [a, b] = [actual, expected].map((term) => penaltyOf(term, model));
  expectLike(a?.value as tf.Tensor, b?.value as tf.Tensor);
  for (const { name } of model.params) {
    expectLike(a?.grads[name] as tf.Tensor, b?.grads[name] as tf.Tensor);
  }
}

function expectSameStep(actual: Terms, expected: Terms, model: Model, exactly = false) {
  // A step makes a term that remembers observe, which `before` undoes.
  const before = [...new Set([...flat(actual), ...flat(expected)])].flatMap((term) =>
    'getState' in term ? [{ term, state: term.getState() }] : [],
  );
  const [a, b] = [actual, expected].map((terms) => {
    for (const { term, state } of before) {
      term.setState(state);
    }
    return stepOf(terms, model);
  });
  for (const { name } of model.params) {
    if (exactly) {
      expectSame(a?.[name] as tf.Tensor, b?.[name] as tf.Tensor);
    } else {
      expectClose(a?.[name] as tf.Tensor, b?.[name] as tf.Tensor, 1e-5, 1e-6);
    }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: terms of any kind, which are asked what they are
const flat = (terms: readonly any[]): any[] =>
  terms.flatMap((term) => ('terms' in term ? flat(term.terms) : [term]));

describe('composites', () => {
  test('that are nested are as the flat one', () =>
    withTerms(5, (terms, model) => {
      const [a, b, c, ...rest] = terms as [Terms[0], Terms[0], Terms[0], ...Terms];
      const deep = rest.reduceRight((inner, term, k) => of([term, inner], `deep ${k}`), of([]));
      const shapes = [
        [of([a, b], 'ab'), of([c, ...rest], 'rest')],
        [of([of([a, b], 'ab'), c], 'abc'), ...rest],
        [a, of([b, of([c, deep], 'c')], 'bc')],
      ];
      for (const shape of shapes) {
        expectSamePenalty(of(shape), of(terms), model);
        expectSameStep([of(shape)], terms, model);
      }
    }));

  test('are the same in every order, in the loss', () =>
    withTerms(5, (terms, model) => {
      const [first, ...others] = terms as [Terms[0], ...Terms];
      for (const order of [[...terms].reverse(), [...others, first]]) {
        expectSamePenalty(of(order), of(terms), model);
      }
    }));

  test('are so in a step, where corrections keep their order', () =>
    withTerms(5, (terms, model) => {
      const isCorrection = (term: Terms[0]) => 'correct' in term;
      const corrections = terms.filter(isCorrection);
      const penalties = terms.filter((term) => !isCorrection(term));
      expectSameStep([...corrections, ...penalties.reverse()], terms, model);
    }));

  test('of one term are that term, bit for bit', () =>
    withTerms(4, (terms, model) => {
      for (const term of terms) {
        expectSamePenalty(of([term]), term, model, true);
        expectSamePenalty(of([of([term], 'inner')]), term, model, true);
        expectSameStep([of([term])], [term], model, true);
      }
    }));

  test('with a term of λ = 0 are as without it, bit for bit', () =>
    withTerms(4, (terms, model) => {
      for (const [k, name] of names.entries()) {
        const silent = termOf(name, 0, model);
        const others = terms.filter((_, other) => other !== k);
        const all = terms.map((term, other) => (other === k ? silent : term));
        expectSamePenalty(of(all), of(others), model, true);
        expectSameStep(all, others, model, true);
        disposeOf([silent]);
      }
    }));

  test('of nothing are nothing', () =>
    withTerms(3, (_, model) => {
      expectSame(composite([]).penalty({}), [0]);
      expectSameStep([of([])], [], model, true);
    }));
});

test('the topological loss is the loss and the composite of its terms', () =>
  onModels(
    5,
    (model) => {
      const loss = topologicalLoss({
        sasp: { lambda: 0.2 },
        saspNetwork: { lambda: 0.1, exact: true },
        cvp: { lambda: 0.3 },
        sbmp: { lambda: 0.5, alpha: 1 },
        dmta: { lambda: 0.1 },
      });
      const inputs = inputsOf(model, gradientsOfLoss(model));
      const base = lossOf(model)();
      const sum = composite(Object.values(loss.terms) as Terms).penalty(inputs as never);
      expectClose(loss(base, inputs), tf.add(base, sum), 1e-5);
      const { total, base: same, ...parts } = loss.components(base, inputs);
      expectSame(same, base);
      expectClose(total, tf.addN([base, ...Object.values(parts)]), 1e-5);
      loss.terms.dmta.dispose();
    },
    layered,
  ));
