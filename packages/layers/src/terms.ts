import { flatTerms, reject, type Term } from '@toploss/core/kit';
import { type Trained, where } from './watch/model.js';

/** What is given what the model made, when the step has been taken: not a correction, which observes gradients. */
export const isObserver = (term: Term): boolean => 'observe' in term && !('correct' in term);

/** The history of `fit` has room for their names. */
export function checkNames(terms: readonly Term[], { metricsNames }: Trained): void {
  const taken = ['batch', 'size', ...metricsNames];
  const name = flatTerms(where, terms).find(
    ({ name }) => taken.includes(name) || name.startsWith('val_'),
  )?.name;
  if (name !== undefined) {
    const expected = `to have names of their own, none of them ${taken.join(', ')} or val_…`;
    reject(where, 'terms', expected, name);
  }
}
