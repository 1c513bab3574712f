import * as tf from '@tensorflow/tfjs-core';
import {
  type SaspWeightsOptions,
  sasp,
  saspCrossEntropy,
  saspNetwork,
  saspNetworkPenalty,
  saspPenalty,
  saspWeightsPenalty,
} from '@toploss/sasp';
import { type Batch, type Model, run, type Subject } from '@toploss/testing/recipes';

const ofHead = (['softmax', 'sigmoid', 'linear'] as const).flatMap((head) =>
  (['fisher', 'hessian'] as const).flatMap((curvature): Subject[] =>
    [
      ...[true, false].map((includeBias) => ({
        name: `sasp of a ${head} head, ${curvature}${includeBias ? '' : ', no bias'}`,
        value: (model: Model, batch: Batch) => {
          const { logits, features } = run(model, batch);
          const options = { head, curvature, includeBias };
          return saspPenalty(logits, features, batch.labels, options);
        },
      })),
      {
        name: `loss of a ${head} head with its sasp, ${curvature}`,
        value: (model: Model, batch: Batch) => {
          const { logits, features } = run(model, batch);
          const options = { head, curvature, lambda: 0.3 };
          return saspCrossEntropy(logits, features, batch.labels, options);
        },
      },
    ].map((subject) => (head === 'softmax' ? { ...subject, isShiftable: true } : subject)),
  ),
);

const ofNetwork = (['softmax', 'sigmoid', 'linear'] as const).flatMap((head) =>
  ['exact', 'probe'].map(
    (estimate): Subject => ({
      name: `saspNetwork of a ${head} head, ${estimate}`,
      value: (model, batch) => {
        const { logits, layers } = run(model, batch);
        return saspNetworkPenalty(logits, layers, {
          head,
          root: false,
          ...(estimate === 'exact' ? { exact: true } : { probe: batch.probe }),
        });
      },
      ofLayers: true,
      ...(head === 'softmax' && { isShiftable: true }),
    }),
  ),
);

/** T̂ of the whole model, its table of embeddings with it, under the same v every time. */
const byWeights = (
  model: Model,
  batch: Batch,
  options: SaspWeightsOptions,
  share: (theta: tf.Variable) => tf.Tensor | number = () => 1,
) => {
  const v = model.params.map((theta, k) => tf.mul(share(theta), model.shaking[k] as tf.Tensor));
  return saspWeightsPenalty(
    run(model, batch).logits,
    (x) => run(model, { ...batch, x }).logits,
    batch.x,
    model.params,
    {
      ...{ root: false, sigma: 1, ...options },
      noise: Object.fromEntries(model.params.map(({ name }, k) => [name, v[k] as tf.Tensor])),
    },
  );
};

const ofWeights = (['softmax', 'sigmoid', 'linear'] as const).flatMap((head) =>
  (['absolute', 'relative'] as const).map(
    (scale): Subject => ({
      name: `saspNetwork by weight noise, of a ${head} head, ${scale}`,
      value: (model, batch) => byWeights(model, batch, { head, scale }),
      ...(head === 'softmax' && { isShiftable: true }),
      ...(scale === 'relative' && {
        // ρ∘v as it is now is the noise of the absolute trace.
        hold: (model: Model, batch: Batch) => {
          const rho = new Map(
            model.params.map((theta) => [
              theta,
              theta.rank < 2 ? 0 : tf.sqrt(tf.mean(tf.square(tf.clone(theta)))),
            ]),
          );
          return () =>
            byWeights(model, batch, { head, scale: 'absolute' }, (theta) => rho.get(theta) ?? 0);
        },
      }),
    }),
  ),
);

/** √T of the whole network, of a mean and no mean itself. */
const rootOfTrace: Subject = {
  name: 'saspNetwork, the root',
  value: (model, batch) => {
    const { logits, layers } = run(model, batch);
    return saspNetworkPenalty(logits, layers, { exact: true });
  },
  ofLayers: true,
  isShiftable: true,
};

/** √T̂ of any model. */
const rootOfNoise: Subject = {
  name: 'saspNetwork by weight noise, the root',
  value: (model, batch) => byWeights(model, batch, { root: true, scale: 'absolute' }),
  isShiftable: true,
};

export const means: readonly Subject[] = [...ofHead, ...ofNetwork, ...ofWeights];

export const subjects: readonly Subject[] = [rootOfTrace, rootOfNoise];

export const terms = {
  sasp: (lambda: number) => sasp({ lambda, curvature: 'hessian' }),
  saspNetwork: (lambda: number) => saspNetwork({ lambda, every: 1, exact: true }),
  weightNoise: (lambda: number) => ({
    ...saspNetwork({ lambda, every: 1, seed: 1, via: 'weights', sigma: 2 ** -5 }),
    name: 'weightNoise',
  }),
};
