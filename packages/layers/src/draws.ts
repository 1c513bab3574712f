import { override } from './override.js';

/**
 * Runs f with random numbers that are not those of the page, which go on where they were.
 *
 * @param f Is told how many have been drawn by then: by tfjs too, which seeds what has no seed with `Math.random()`.
 */
export function withOwnDraws<T>(f: (drawn: () => number) => T): T {
  let count = 0;
  const random = () => {
    count += 1;
    // The fractional parts of the multiples of the golden ratio: all over [0, 1), and never 0.
    return (count * 0.618_033_988_749_895) % 1;
  };
  const restore = override(Math, { random });
  try {
    return f(() => count);
  } finally {
    restore();
  }
}
