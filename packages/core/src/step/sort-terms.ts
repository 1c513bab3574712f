import { Checks } from '../kit/check.js';
import { integer } from '../kit/rules.js';
import type {
  Composition,
  Correction,
  Decoupled,
  Penalty,
  Stateful,
  Term,
  ValuedCorrection,
} from '../term.js';
import { check } from './check.js';

export type Observer = Stateful<unknown> & { readonly name: string };

/** The terms by their role in a step. A term that fits several of the first three roles takes the last of them. */
export interface SortedTerms {
  /** Added to the loss. */
  readonly penalties: readonly Penalty<unknown>[];
  /** Added to the gradients. */
  readonly corrections: readonly (Correction | ValuedCorrection)[];
  /** Applied to the parameters. */
  readonly decoupled: readonly Decoupled[];
  /** Terms that observe the gradients, and terms that observe the outputs of `forward`. */
  readonly gradientObservers: readonly Observer[];
  readonly outputObservers: readonly Observer[];
}

type Parts = Partial<Penalty<unknown> & ValuedCorrection & Decoupled & Stateful<unknown>>;

const can = (method: keyof Parts) => (term: Parts) => typeof term[method] === 'function';
const [isPenalty, isCorrection, isDecoupled, isStateful] = [
  can('penalty'),
  can('correct'),
  can('decouple'),
  can('observe'),
];

export function sortTerms(terms: readonly unknown[]): SortedTerms {
  const all = flatTerms(check.where, terms) as Parts[];
  checkNames(all);
  return {
    penalties: all.filter((term) => isPenalty(term) && !isCorrection(term)),
    corrections: all.filter((term) => isCorrection(term) && !isDecoupled(term)),
    decoupled: all.filter(isDecoupled),
    gradientObservers: all.filter((term) => isStateful(term) && isCorrection(term)),
    outputObservers: all.filter((term) => isStateful(term) && !isCorrection(term)),
  } as SortedTerms;
}

/** Replaces each composition by its terms, and throws if a term has no role in a step. */
export function flatTerms(where: string, terms: readonly unknown[]): Term[] {
  const check: Checks = new Checks(where);
  return terms.flatMap((term, k) => {
    const parts = (term ?? {}) as Parts & Partial<Composition>;
    if (Array.isArray(parts.terms)) {
      return flatTerms(where, parts.terms);
    }
    if (!(isPenalty(parts) || isCorrection(parts) || isDecoupled(parts) || isStateful(parts))) {
      check.reject(`terms[${k}]`, 'to be a penalty, a correction, decoupled or stateful', term);
    }
    if (parts.every !== undefined) {
      check.argument(`terms[${k}].every`, parts.every, integer(1));
    }
    return term as Term;
  });
}

function checkNames(terms: readonly Parts[]): void {
  const taken = new Set(['total', 'base', 'loss']);
  for (const { name } of terms) {
    if (typeof name !== 'string' || taken.has(name) || name in Object.prototype) {
      check.reject(
        'terms',
        `to have names of their own, none of them ${[...taken].join(', ')} or a property of every object`,
        name,
      );
    }
    taken.add(name);
  }
}
