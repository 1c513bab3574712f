// The penalties, by name, each with its weight; and what they need of the other replicas.
import * as tf from '@tensorflow/tfjs-core';
import { type Regularizer, type Term, weighted } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import type { Nger } from '@toploss/nger';
import { type SaspNetworkInputs, sasp, saspNetworkPenalty } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import type { Group } from './all-reduce.js';
import { meanOver } from './averages.js';

/** What a term may need of the training around it. */
export interface Surroundings {
  readonly group: Group;
  readonly weighting: Nger;
  /** L with the penalties of the other terms, at the current parameters and on the current batch. */
  loss(): tf.Scalar;
}

type Make = (lambda: number, surroundings: Surroundings) => Term;

interface SaspNetworkProbed extends SaspNetworkInputs {
  probe: tf.Tensor2D;
}

/** T is a mean over the examples; its root is none, so that T is averaged first. */
const networkTrace =
  (of: (T: tf.Scalar, group: Group) => tf.Scalar) =>
  (lambda: number, { group }: Surroundings): Regularizer<SaspNetworkProbed> => ({
    name: 'saspNetwork',
    penalty: ({ logits, layers, probe }, step = 0) =>
      weighted('saspNetwork', lambda, step, [logits], () =>
        of(saspNetworkPenalty(logits, layers, { probe, root: false }), group),
      ),
  });

export const parts = {
  'sasp, fisher': (lambda) => sasp({ lambda }),
  'sasp, hessian': (lambda) => sasp({ lambda, curvature: 'hessian' }),
  saspNetwork: networkTrace((T) => T),
  'saspNetwork, root': networkTrace((T, group) => tf.sqrt(tf.add(meanOver(group, T), 1e-8))),
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
};
