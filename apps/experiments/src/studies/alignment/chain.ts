import { type Random, random } from '@toploss/examples/random';

export const SYMBOLS = 12;
/** Of the logits of a transition: at 2, the next symbol is one of three or four. */
const SPREAD = 2;
const RESOLUTION = 2 ** 30;

/**
 * Language in the small: the next symbol depends on the last two. P(c|a,b) is the softmax of normal logits, drawn
 * anew for every seed, so that each seed has a language of its own.
 */
export interface Chain {
  /** P(c|a,b) at `[SYMBOLS · a + b][c]`. */
  transitions: readonly (readonly number[])[];
  /** Of every pair in the long run, at `SYMBOLS · a + b`. */
  stationary: readonly number[];
  /** −Σ P(a,b) Σ P(c|a,b) log P(c|a,b), in nats a symbol: no model predicts better. */
  entropyRate: number;
}

export function chainOf(seed: number, language: string): Chain {
  const { normal } = random(seed, `transitions, ${language}`);
  return withTransitions(
    Array.from({ length: SYMBOLS ** 2 }, () =>
      softmax(Array.from({ length: SYMBOLS }, () => SPREAD * normal())),
    ),
  );
}

export function withTransitions(transitions: readonly (readonly number[])[]): Chain {
  const stationary = stationaryOf(transitions);
  const entropies = transitions.map((p) => -p.reduce((sum, q) => sum + q * Math.log(q), 0));
  const entropyRate = stationary.reduce((sum, p, pair) => sum + p * (entropies[pair] as number), 0);
  return { transitions, stationary, entropyRate };
}

/** π ← πP, until nothing moves: π(b,c) = Σₐ π(a,b) P(c|a,b). */
function stationaryOf(transitions: Chain['transitions']): number[] {
  const n = transitions[0]?.length as number;
  let pairs = transitions.map(() => 1 / n ** 2);
  for (let moved = 1; moved > 1e-12; ) {
    const next = pairs.map(() => 0);
    for (const [pair, p] of transitions.entries()) {
      for (const [c, q] of p.entries()) {
        next[(pair % n) * n + c] =
          (next[(pair % n) * n + c] as number) + (pairs[pair] as number) * q;
      }
    }
    moved = Math.max(...next.map((p, k) => Math.abs(p - (pairs[k] as number))));
    pairs = next;
  }
  return pairs;
}

/** A text of that length, after a start that is forgotten. */
export function textOf({ transitions }: Chain, length: number, source: Random): number[] {
  const forgotten = 100;
  const text = [0, 0];
  while (text.length < forgotten + length) {
    const [a, b] = text.slice(-2) as [number, number];
    text.push(drawn(transitions[SYMBOLS * a + b] as number[], source));
  }
  return text.slice(-length);
}

function drawn(p: readonly number[], { below }: Random): number {
  let left = below(RESOLUTION) / RESOLUTION;
  const symbol = p.findIndex((q) => {
    left -= q;
    return left < 0;
  });
  return symbol === -1 ? p.length - 1 : symbol; // the sum of p may be rounded to less than 1
}

function softmax(logits: readonly number[]): number[] {
  const powers = logits.map(Math.exp);
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((x) => x / sum);
}
