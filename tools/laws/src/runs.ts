import fc from 'fast-check';

/** Another number draws other cases; that of a failure, which fast-check prints, draws it again. */
const seed = Number(process.env.LAWS_SEED ?? 20260531);

/** Throws, with the seed and the smallest case that it could find, where the law does not hold. */
export function holds<T>(
  numRuns: number,
  drawn: fc.Arbitrary<T>,
  law: (drawn: T) => void,
  path?: string,
): void {
  fc.assert(fc.property(drawn, law), { seed, numRuns, ...(path === undefined ? {} : { path }) });
}
