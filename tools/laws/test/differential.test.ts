import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { caseOf } from '../src/differential/compare.js';

/** `LAWS_CASE=7` runs that one alone; `LAWS_SEED=7` others than usually, and `LAWS_CASES` so many. */
const { LAWS_CASE, LAWS_SEED = '0', LAWS_CASES = '300' } = process.env;
const [first, count] =
  LAWS_CASE === undefined
    ? [Number(LAWS_SEED) * 100_000, Number(LAWS_CASES)]
    : [Number(LAWS_CASE), 1];
const BLOCK = 25;
const README = new URL('../../../packages/layers/README.md', import.meta.url);

/** What may be refused: how the error says it, and the README of @toploss/layers under "What doesn't work". */
const refusals: readonly (readonly [says: RegExp, readme: string])[] = [
  [/`model` to keep no state from batch to batch/, 'recurrent layers that are `stateful`'],
  [/`logits` to come from a last layer/, 'logits where the last layer is not dense'],
  [/`features` to be the input of a dense/, 'features where the last layer is not dense'],
  [/`model` to be compiled with a loss for each/, 'a loss for some of its outputs only'],
  [/`embeddings` to be the input of a model with one/, 'the output of the embedding layer or'],
  [/`model` to make the same of a batch twice/, 'makes something else in the second pass'],
  [/sbmp: expected `head` to be "softmax"/, '`head`'],
  [/expected `head` as an option/, "a loss that don't say how the outputs predict"],
];

/** Of what tfjs cannot train, either. */
const untrainable = [
  /lossFunction is not a function/, // A dictionary of losses is not what it was when it has been saved.
  /`params` to hold a trainable variable/,
  /to be finite, and no step is taken/, // Where it goes on with NaN.
];

const refused: string[][] = [];

beforeAll(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {}); // Of tfjs, about weights that are frozen.
});
afterAll(() => {
  vi.restoreAllMocks();
});

describe('with terms that change nothing, a random model is trained as by tfjs alone', () => {
  const blocks = Array.from({ length: Math.ceil(count / BLOCK) }, (_, k) => first + k * BLOCK);
  test.each(blocks)(
    'case %i and those after it: weights, optimizer, history, callbacks, random numbers, tensors',
    { timeout: 300_000 },
    async (from) => {
      for (let seed = from; seed < Math.min(from + BLOCK, first + count); seed++) {
        const { words, attached, plain, refusals } = await caseOf(seed);
        expect(attached, `LAWS_CASE=${seed}: ${words}`).toEqual(plain);
        refused.push(refusals);
      }
    },
  );

  test('few are refused, for a reason that is documented', async () => {
    const some = refused.filter((reasons) => reasons.length > 0);
    expect(some.length).toBeLessThan(0.15 * count + 1);
    const documented = refusals.map(([says]) => says);
    for (const reason of some.flat()) {
      expect(
        [...documented, ...untrainable].some((says) => says.test(reason)),
        reason,
      ).toBe(true);
    }
    const readme = (await readFile(README, 'utf8')).replaceAll(/\s+/g, ' ');
    expect(refusals.filter(([, words]) => !readme.includes(words))).toEqual([]);
  });
});
