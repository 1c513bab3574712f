import { penaltyContract } from '@toploss/testing';
import { subjectOf } from '@toploss/testing/recipes';
import { penalties } from './calls.js';

for (const penalty of penalties) {
  penaltyContract(subjectOf(penalty));
}
