/// <reference types="vite/types/importMeta.d.ts" />
import type { Call } from './call.js';
import type { Subject } from './subject.js';

/** What a package says of itself to the laws, in `packages/NAME/test/calls.ts`. */
export interface Recipes {
  /** Its functions, and what they may be called with. */
  readonly calls: readonly Call[];
  /** Its penalties of a model on a batch: those of a batch that are the mean of those of its halves. */
  readonly means?: readonly Subject[];
  /** Its other penalties of a model on a batch. */
  readonly subjects?: readonly Subject[];
}

const files = import.meta.glob<Recipes>('../../../{packages,tools}/*/test/calls.ts', {
  eager: true,
});

/** The recipes of every package that has some, in the order of the names. */
export const recipes: readonly Recipes[] = Object.values(files);
