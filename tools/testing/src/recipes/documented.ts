import fc from 'fast-check';

/** A function as its README documents it. */
export interface Documented {
  readonly name: string;
  /** Made in a scope that disposes of the tensors. */
  readonly drawn: fc.Arbitrary<() => Case>;
}

/** Some options, and what is meant where one of them is left out. */
interface Case {
  readonly defaults: object;
  readonly options: object;
  run(options: object): unknown;
}

/** What the README says is meant where an option is left out. */
export const documented = <Recipe, Options extends object>(
  name: string,
  recipe: fc.Arbitrary<Recipe>,
  of: (recipe: Recipe) => {
    readonly defaults: object;
    readonly options: Options;
    run(options: Options): unknown;
  },
): Documented => ({
  name,
  drawn: recipe.map((drawn) =>
    Object.assign(() => of(drawn) as Case, { toString: () => `${name}(${fc.stringify(drawn)})` }),
  ),
});
