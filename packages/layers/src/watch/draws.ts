import { overriding } from './override.js';

/** Runs f with other random numbers, so that f takes none from `Math.random` of the page. */
export function withOwnDraws<T>(f: () => T): T {
  let count = 0;
  const random = () => {
    count += 1;
    // The fractional parts of the multiples of the golden ratio: all over [0, 1), and never 0.
    return (count * 0.618_033_988_749_895) % 1;
  };
  return overriding([Math], () => ({ random }), f);
}

/**
 * The random numbers of a step: the first pass draws them, and each other pass gets the same numbers. tfjs seeds all of
 * its noise by `Math.random` (dropout, recurrent dropout, Gaussian noise), unless a layer has its own seed.
 */
export class Draws {
  readonly drawn: number[] = [];
  /** The number of the next draw. */
  next = 0;

  /** Runs f, which gets the numbers from this draw on. */
  from<T>(start: number, f: () => T): T {
    const { random } = Math;
    const draw = () => {
      const x = this.drawn[this.next] ?? random();
      this.drawn[this.next] = x;
      this.next += 1;
      return x;
    };
    this.next = start;
    return overriding([Math], () => ({ random: draw }), f);
  }
}
