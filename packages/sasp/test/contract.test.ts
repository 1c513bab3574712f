import { penaltyContract } from '@toploss/testing';
import { subjectOf } from '@toploss/testing/recipes';
import { ofHead } from './calls.js';
import { ofNetwork } from './network/calls.js';

for (const curvature of ['fisher', 'hessian'] as const) {
  const ordinary = ofHead.ordinary.map((of) => ({ ...of, options: { ...of.options, curvature } }));
  penaltyContract(subjectOf({ ...ofHead, ordinary }));
}

penaltyContract(subjectOf(ofNetwork));
