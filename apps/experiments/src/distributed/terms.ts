// The penalties, by name, each with its weight; and what they need of the other replicas.
import * as tf from '@tensorflow/tfjs-core';
import { type Head, type Regularizer, type Term, type Weight, weighted } from '@toploss/core/kit';
import { cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import type { Group } from '@toploss/examples/data-parallel/all-reduce';
import { meanOver } from '@toploss/examples/data-parallel/averages';
import type { Nger } from '@toploss/nger';
import {
  type DenseLayer,
  type SaspWeightsOptions,
  sasp,
  saspNetworkPenalty,
  saspWeightsPenalty,
} from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { ratioOver } from './ratio.js';

/** What a term may need of the training around it. */
export interface Surroundings {
  readonly group: Group;
  readonly weighting: Nger;
  /** L with the penalties of the other terms, at the current parameters and on the current batch. */
  loss(): tf.Scalar;
}

type Make = (lambda: number, surroundings: Surroundings) => Term;

/** What the trace of a whole network is computed from. */
interface NetworkInputs {
  readonly logits: tf.Tensor2D;
  readonly head: Head;
  readonly layers: DenseLayer[];
  /** ξ of this replica's rows. */
  readonly probe: tf.Tensor2D;
  readonly modelFn: (embeddings: tf.Tensor) => tf.Tensor;
  readonly embeddings: tf.Tensor;
  readonly params: tf.NamedTensorMap;
  /** Where v comes from, and how far it shakes: the same in every replica. */
  readonly shaking: Pick<SaspWeightsOptions, 'seed' | 'noise' | 'scale' | 'sigma'>;
}

type Trace = (inputs: NetworkInputs) => tf.Scalar;

const byLayers =
  (scale: 'absolute' | 'relative'): Trace =>
  ({ logits, head, layers, probe }) =>
    saspNetworkPenalty(logits, layers, { head, probe, scale, root: false });

const byWeights: Trace = ({ logits, head, modelFn, embeddings, params, shaking }) => {
  const variables = Object.values(params) as tf.Variable[];
  return saspWeightsPenalty(logits, modelFn, embeddings, variables, {
    ...{ head, root: false },
    ...shaking,
  });
};

/** λT. T is a mean over the examples, and so are its gradients. */
const ofTrace =
  (trace: Trace, phi = (T: tf.Scalar, _: Group, __: NetworkInputs): tf.Scalar => T) =>
  (lambda: Weight, { group }: Pick<Surroundings, 'group'>): Regularizer<NetworkInputs> => ({
    name: 'saspNetwork',
    penalty: (inputs, step = 0) =>
      weighted('saspNetwork', lambda, step, [inputs.logits], () =>
        phi(trace(inputs), group, inputs),
      ),
  });

/** λ√T. The root is none, so that T is averaged first. */
const ofRoot = (trace: Trace) =>
  ofTrace(trace, (T, group) => tf.sqrt(tf.add(meanOver(group, T), 1e-8)));

/** λΦ of the ratio, which the term has by default. */
const ofRatio = (trace: Trace) =>
  ofTrace(trace, (T, group, { head, logits }) => ratioOver(group, head, logits, T));

const networkParts = {
  saspNetwork: ofTrace(byLayers('absolute')),
  'saspNetwork, root': ofRoot(byLayers('absolute')),
  'saspNetwork, relative': ofTrace(byLayers('relative')),
  'saspNetwork, relative, root': ofRoot(byLayers('relative')),
  'saspNetwork, ratio': ofRatio(byLayers('relative')),
  'saspNetwork, weight noise': ofTrace(byWeights),
  'saspNetwork, weight noise, root': ofRoot(byWeights),
  'saspNetwork, weight noise, ratio': ofRatio(byWeights),
};

export type NetworkPart = keyof typeof networkParts;

export const parts = {
  'sasp, fisher': (lambda) => sasp({ lambda }),
  'sasp, hessian': (lambda) => sasp({ lambda, curvature: 'hessian' }),
  ...networkParts,
  cvp: (lambda) => cvp({ lambda }),
  'cvp, decoupled': (lambda) => cvp({ lambda, decoupled: true }),
  sbmp: (lambda) => sbmp({ lambda }),
  nger: (_, { weighting }) => weighting,
  'dmta, linear': (lambda) => dmta({ lambda, alpha: 1, mu: 0.9 }),
  'dmta, cosine': (lambda, { loss }) => dmta({ mode: 'cosine', lambda, mu: 0.9, loss }),
  // Parity with toploss 0.1.0.
  'cvp, parity': (lambda) =>
    cvp({ lambda, gate: 'expansion', normalize: 'none', filter: () => true }),
  'sbmp, parity': (lambda) => sbmp({ lambda, alpha: 1, reduction: 'batch' }),
  'nger, parity': (_, { weighting }) => weighting,
  'dmta, parity': (lambda, { loss }) =>
    dmta({ mode: 'cosine', start: 'first', lambda, mu: 0.9, loss }),
} satisfies Record<string, Make>;

export type Part = keyof typeof parts;

const everything = {
  nger: 1,
  'dmta, linear': 2,
  'sasp, hessian': 0.05,
  'saspNetwork, root': 0.2,
  sbmp: 0.5,
  cvp: 0.1,
};

const { 'saspNetwork, root': byItsLayers, ...others } = everything;
const everythingByWeights = { ...others, 'saspNetwork, weight noise, root': byItsLayers };

const OF_RATIO = 'the trace, the signal, the predictions and their entropy';

/** What is compared, and what has to be averaged for it beside the gradients that the optimizer gets. */
export const comparisons: Record<
  string,
  {
    terms: Partial<Record<Part, number>>;
    averaged: string | undefined;
    optimizer?: 'momentum' | 'adam';
  }
> = {
  none: { terms: {}, averaged: undefined },
  'sasp, fisher': { terms: { 'sasp, fisher': 0.05 }, averaged: undefined },
  'sasp, hessian': { terms: { 'sasp, hessian': 0.05 }, averaged: undefined },
  saspNetwork: { terms: { saspNetwork: 0.02 }, averaged: undefined },
  'saspNetwork, root': {
    terms: { 'saspNetwork, root': 0.5 },
    averaged: 'the trace, before its root',
  },
  'saspNetwork, relative': { terms: { 'saspNetwork, relative': 0.5 }, averaged: undefined },
  'saspNetwork, relative, root': {
    terms: { 'saspNetwork, relative, root': 2 },
    averaged: 'the trace, before its root',
  },
  'saspNetwork, ratio': { terms: { 'saspNetwork, ratio': 4 }, averaged: OF_RATIO },
  'saspNetwork, weight noise': { terms: { 'saspNetwork, weight noise': 0.5 }, averaged: undefined },
  'saspNetwork, weight noise, root': {
    terms: { 'saspNetwork, weight noise, root': 0.5 },
    averaged: 'the trace, before its root',
  },
  'saspNetwork, weight noise, ratio': {
    terms: { 'saspNetwork, weight noise, ratio': 4 },
    averaged: OF_RATIO,
  },
  cvp: { terms: { cvp: 0.1 }, averaged: 'the gradients, before the gate' },
  'cvp, decoupled': { terms: { 'cvp, decoupled': 0.1 }, averaged: undefined },
  sbmp: { terms: { sbmp: 0.5 }, averaged: undefined },
  nger: { terms: { nger: 1 }, averaged: 'the losses and the proxies' },
  'dmta, linear': { terms: { 'dmta, linear': 2 }, averaged: undefined },
  'dmta, cosine': {
    terms: { 'dmta, cosine': 0.5 },
    averaged: 'the gradients, before the cosine',
  },
  all: { terms: everything, averaged: 'all of these' },
  'all, momentum': { terms: everything, averaged: 'all of these', optimizer: 'momentum' },
  'all, Adam': { terms: everything, averaged: 'all of these', optimizer: 'adam' },
  'all, weight noise, Adam': {
    terms: everythingByWeights,
    averaged: 'all of these',
    optimizer: 'adam',
  },
};
