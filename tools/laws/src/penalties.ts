import * as tf from '@tensorflow/tfjs-core';
import { gradientsOf } from '@toploss/core/kit';
import {
  type SaspWeightsOptions,
  saspCrossEntropy,
  saspNetworkPenalty,
  saspPenalty,
  saspWeightsPenalty,
} from '@toploss/sasp';
import { sbmpPenalty } from '@toploss/sbmp';
import type { Batch, Model } from './models.js';
import { recipes } from './of-packages.js';
import { crossEntropy, run, type Subject } from './subject.js';

export { crossEntropy, run, type Subject };

const modelFn = (model: Model) => (embeddings: tf.Tensor) => model.forward(embeddings).logits;

const lossOnly: Subject = {
  name: 'cross-entropy',
  value: (model, batch) => crossEntropy(run(model, batch).logits, batch.labels),
  isShiftable: true,
};

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

/** Σ over the rows of p log p/q, with p as it is now, a mean over `rows` of them. */
const divergenceTo = (p: tf.Tensor, logQ: tf.Tensor, rows: number): tf.Scalar =>
  tf.div(tf.sum(tf.mul(p, tf.sub(tf.log(p), logQ))), rows);

const ofNoise = [true, false].map((symmetric): Subject => {
  const alpha = 1;
  return {
    name: `sbmp, ${symmetric ? 'both sides' : 'one side'}`,
    value: (model, batch) => {
      const { embeddings, logits } = run(model, batch);
      const options = { alpha, symmetric, noise: batch.noise };
      return sbmpPenalty(logits, modelFn(model), embeddings, options);
    },
    hold: (model, batch) => {
      const both = () => {
        const { embeddings, logits } = run(model, batch);
        const entries = embeddings.size / (embeddings.shape[0] as number);
        const step = tf.mul(alpha / Math.sqrt(entries), batch.noise);
        return [logits, modelFn(model)(tf.add(embeddings, step))] as const;
      };
      const [p, q] = both().map((logits) => tf.softmax(logits)) as [tf.Tensor, tf.Tensor];
      const rows = batch.labels.shape[0];
      return () => {
        const [logP, logQ] = both().map((logits) => tf.logSoftmax(logits)) as [
          tf.Tensor,
          tf.Tensor,
        ];
        const there = divergenceTo(p, logQ, rows);
        return symmetric ? tf.mul(0.5, tf.add(there, divergenceTo(q, logP, rows))) : there;
      };
    },
    isShiftable: true,
  };
});

/** Each a mean over the examples: of a batch it is the mean of its halves. */
export const means: readonly Subject[] = [
  lossOnly,
  ...ofHead,
  ...ofNetwork,
  ...ofWeights,
  ...ofNoise,
  ...recipes.flatMap(({ means = [] }) => means),
];

/** √T of the whole network, of a mean and no mean itself. */
export const rootOfTrace: Subject = {
  name: 'saspNetwork, the root',
  value: (model, batch) => {
    const { logits, layers } = run(model, batch);
    return saspNetworkPenalty(logits, layers, { exact: true });
  },
  ofLayers: true,
  isShiftable: true,
};

/** √T̂ of any model. */
export const rootOfNoise: Subject = {
  name: 'saspNetwork by weight noise, the root',
  value: (model, batch) => byWeights(model, batch, { root: true, scale: 'absolute' }),
  isShiftable: true,
};

/** Means, and what is none. */
export const subjects: readonly Subject[] = [
  ...means,
  rootOfTrace,
  rootOfNoise,
  ...recipes.flatMap(({ subjects = [] }) => subjects),
];

/** The value, and the gradients by all parameters of the model. */
export const differentiated = (subject: Subject, model: Model, batch = model.batch) =>
  gradientsOf('laws', () => subject.value(model, batch), model.params);

/** The base loss of the model, and its gradients. */
export const lossOf =
  (model: Model, batch = model.batch) =>
  () =>
    lossOnly.value(model, batch);
export const gradientsOfLoss = (model: Model, batch = model.batch) =>
  gradientsOf('laws', lossOf(model, batch), model.params).grads;
