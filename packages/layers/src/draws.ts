import { override } from './override.js';

/**
 * Runs f with random numbers of our own, so that those of the page go on where they were.
 *
 * @param f Receives a function that counts the draws so far. tfjs draws from `Math.random` too, for its seeds.
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
