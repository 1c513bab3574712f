import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export interface Random {
  /** Uniform in 0, …, n − 1. */
  below(n: number): number;
  /** Standard normal. */
  normal(): number;
  /** 0, …, n − 1 in random order. */
  permutation(n: number): number[];
}

/** The same seed and purpose give the same numbers; each purpose has its own stream. */
export function random(seed: number, purpose: string): Random {
  const generator = xoroshiro128plus(hash(`${purpose} ${seed}`));
  const below = (n: number) => uniformInt(generator, 0, n - 1);
  return {
    below,
    normal: () => {
      // Box–Muller; 1 − u is in (0, 1], so that the logarithm is finite.
      const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
      return radius * Math.cos(2 * Math.PI * uniformFloat64(generator));
    },
    permutation: (n) => {
      const order = Array.from({ length: n }, (_, k) => k);
      for (let k = n - 1; k > 0; k--) {
        const other = below(k + 1);
        [order[k], order[other]] = [order[other] as number, order[k] as number];
      }
      return order;
    },
  };
}

/** FNV-1a, 32 bits: seeds that differ by one give unrelated streams. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (const char of text) {
    bits = Math.imul(bits ^ (char.codePointAt(0) as number), 0x01000193);
  }
  return bits;
}
