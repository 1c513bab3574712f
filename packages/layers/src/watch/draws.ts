import { overriding } from './override.js';

/** Runs f with random numbers of our own, so that those of the page go on where they were. */
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
 * The random numbers of a step: drawn in its first pass, and the same again in any other. Whatever tfjs draws, masks of
 * dropout and of recurrent layers and Gaussian noise, comes from a seed of `Math.random`, unless it has a seed of its own.
 */
export class Draws {
  readonly #drawn: number[] = [];
  #next = 0;

  /** The number of the next draw. */
  get position(): number {
    return this.#next;
  }

  /** How many there are. */
  get count(): number {
    return this.#drawn.length;
  }

  /** Runs f, which draws from this draw on. */
  from<T>(start: number, f: () => T): T {
    const { random } = Math;
    const draw = () => {
      const x = this.#drawn[this.#next] ?? random();
      this.#drawn[this.#next] = x;
      this.#next += 1;
      return x;
    };
    this.#next = start;
    return overriding([Math], () => ({ random: draw }), f);
  }
}
