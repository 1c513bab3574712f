/** Random numbers in [0, 1) that are the same for the same seed: mulberry32. */
export function numbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Random choices, the same for the same seed. */
export class Draw {
  readonly number: () => number;
  #named = 0;

  constructor(seed: number) {
    this.number = numbers(seed);
  }

  integer(min: number, max: number): number {
    return min + Math.floor(this.number() * (max - min + 1));
  }

  chance(p: number): boolean {
    return this.number() < p;
  }

  one<T>(...from: readonly T[]): T {
    return from[this.integer(0, from.length - 1)] as T;
  }

  /** A name that was not given before. */
  name(of: string): string {
    this.#named += 1;
    return `${of}${this.#named}`;
  }

  /** Choices of their own, so that however many are made there, those made here stay. */
  fork(): Draw {
    return new Draw(this.integer(0, 2 ** 30));
  }
}

/** Random numbers instead of `Math.random`, which tfjs seeds all of its own with, and how many were taken. */
export class Randomness {
  taken = 0;
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = numbers(seed);
  }

  async during(f: () => Promise<void>): Promise<void> {
    const { random } = Math;
    Math.random = () => {
      this.taken += 1;
      return this.#next();
    };
    try {
      await f();
    } finally {
      Math.random = random;
    }
  }
}
