/// <reference types="vite/types/importMeta.d.ts" />
import type { Term } from '@toploss/core/kit';
import {
  type Call,
  callOf,
  type Documented,
  type Model,
  type PenaltyRecipe,
  type Subject,
} from '@toploss/testing/recipes';

/** What a package says of itself to the laws, in `packages/NAME/test/calls.ts`. */
interface Recipes {
  /** Its penalties, as terms of a step. */
  // biome-ignore lint/suspicious/noExplicitAny: each has a recipe and inputs of its own
  readonly penalties?: readonly PenaltyRecipe<any, any>[];
  /** Its other functions, and what they may be called with. */
  readonly calls: readonly Call[];
  /** Its penalties of a model on a batch, if that of a batch is the mean of those of its halves. */
  readonly means?: readonly Subject[];
  /** Its other penalties of a model on a batch. */
  readonly subjects?: readonly Subject[];
  /** Its penalties as terms of any λ, by name; always with the same random numbers. */
  readonly terms?: Readonly<Record<string, (lambda: number, model: Model) => Term>>;
  /** What its options are by default. */
  readonly defaults?: readonly Documented[];
  /** What takes the options of each table of its README. */
  readonly tables?: readonly (readonly ((options: never) => unknown)[])[];
}

const files = import.meta.glob<Recipes>(
  ['/packages/*/test/calls.ts', '/tools/template/test/calls.ts'],
  { eager: true },
);

/** The recipes of every package that has some, and its folder, in the order of the names. */
export const recipes = Object.entries(files).map(([file, own]) => ({
  ...own,
  folder: file.slice(1).replace(/\/test\/calls\.ts$/, ''),
}));

/** Every public function of the packages that takes tensors, or options for one that does. */
export const calls = recipes.flatMap(({ penalties = [], calls }) => [
  ...penalties.map((penalty) => callOf(penalty)),
  ...calls,
]);
