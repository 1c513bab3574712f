import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { gradientsOf, type Regularizer, type Term } from '@toploss/core/kit';
import { cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import { sasp, saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { normal } from '@toploss/testing';
import { type Model, named } from './models.js';
import { gradientsOfLoss, lossOf, run } from './penalties.js';

/** Every penalty as a term, of any λ; always the same random numbers. */
export const makers = {
  sasp: (lambda: number) => sasp({ lambda, curvature: 'hessian' }),
  saspNetwork: (lambda: number) => saspNetwork({ lambda, every: 1, exact: true }),
  weightNoise: (lambda: number) => ({
    ...saspNetwork({ lambda, every: 1, seed: 1, via: 'weights', sigma: 2 ** -5 }),
    name: 'weightNoise',
  }),
  cvp: (lambda: number) => cvp({ lambda, beta: 3 }),
  sbmp: (lambda: number) => sbmp({ lambda, alpha: 1 }),
  dmta: (lambda: number, { params }: Model) => {
    const term = dmta({ lambda, alpha: 2, mu: 0.5 });
    term.observe(
      Object.fromEntries(params.map(({ name, shape }, k) => [name, normal(shape, 70 + k)])),
    );
    return term;
  },
};

export type Name = keyof typeof makers;
export const names = Object.keys(makers) as Name[];

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
