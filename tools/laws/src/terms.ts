import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { gradientsOf, type Regularizer, type Term } from '@toploss/core/kit';
import { type Model, named, run } from '@toploss/testing/recipes';
import { gradientsOfLoss, lossOf } from './penalties.js';
import { recipes } from './recipes.js';

/** Every penalty as a term, of any λ; always the same random numbers. */
const makers = Object.fromEntries(
  recipes.flatMap(({ terms = {} }) => Object.entries(terms)),
) as Record<string, (lambda: number, model: Model) => Regularizer<never>>;

export const names = Object.keys(makers);

/** A term of that name. */
export function termOf(name: string, lambda: number, model: Model): Regularizer<never> {
  const make = makers[name];
  if (make === undefined) {
    throw new Error(`laws: no recipe has the term ${name}.`);
  }
  return make(lambda, model);
}

/** What all terms read together. */
export function inputsOf(model: Model, grads: tf.NamedTensorMap) {
  const { batch, params } = model;
  return {
    ...run(model, batch),
    targets: batch.labels,
    modelFn: (embeddings: tf.Tensor) => model.forward(embeddings).logits,
    noise: batch.noise,
    params: named(params),
    grads,
  };
}

/** λΦ beside the loss, so that every parameter is reached, and its gradients. */
export function penaltyOf(term: Regularizer<never>, model: Model) {
  const g = gradientsOfLoss(model);
  const regularizer = term as Regularizer<unknown>;
  let penalty: tf.Scalar | undefined;
  const { grads } = gradientsOf(
    'laws',
    () => {
      const value = regularizer.penalty(inputsOf(model, g));
      penalty = tf.keep(tf.clone(value));
      return tf.add(value, tf.mul(0, lossOf(model)()));
    },
    model.params,
  );
  const value = tf.clone(penalty as unknown as tf.Scalar);
  penalty?.dispose();
  return { value, grads };
}

/** Where one step of plain descent with these terms leads: θ′ − θ. The parameters stay. */
export function stepOf(terms: readonly Term[], model: Model): tf.NamedTensorMap {
  const { params } = model;
  const origin = params.map((variable) => tf.clone(variable));
  const optimizer = tf.train.sgd(0.5);
  const step = trainStep({ optimizer, params, terms }) as (
    forward: () => { loss: tf.Scalar },
  ) => tf.NamedTensorMap;
  const g = gradientsOfLoss(model);
  tf.dispose(step(() => ({ loss: lossOf(model)(), ...inputsOf(model, g) })));
  const moves = params.map((variable, k): [string, tf.Tensor] => {
    const move = tf.sub(variable as tf.Tensor, origin[k] as tf.Tensor);
    variable.assign(origin[k] as tf.Tensor);
    return [variable.name, move];
  });
  optimizer.dispose();
  return Object.fromEntries(moves);
}

export function disposeOf(terms: readonly object[]): void {
  for (const term of terms) {
    (term as { dispose?: () => void }).dispose?.();
  }
}
