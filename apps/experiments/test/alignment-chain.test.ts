import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import { expect, test } from 'vitest';
import {
  type Chain,
  chainOf,
  SYMBOLS,
  textOf,
  withTransitions,
} from '../src/studies/alignment/chain.js';
import { accuracyOf, crossEntropyOf } from '../src/studies/alignment/distribution.js';
import { exactly } from '../src/studies/alignment/tasks/languages.js';

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b);

test('the long run and the entropy rate, by hand', () => {
  // Two symbols; the next is the last one in three of four cases. Each is as frequent as the other: π(0,0) = ½·¾,
  // π(0,1) = ½·¼. The entropy is that of (¾, ¼): ¾ ln(4/3) + ¼ ln 4 = .5623.
  const { stationary, entropyRate } = withTransitions([
    [0.75, 0.25],
    [0.25, 0.75],
    [0.75, 0.25],
    [0.25, 0.75],
  ]);
  for (const [pair, p] of [0.375, 0.125, 0.125, 0.375].entries()) {
    expect(stationary[pair]).toBeCloseTo(p, 10);
  }
  expect(entropyRate).toBeCloseTo(0.5623, 4);
});

test('the symbol before the last counts too', () => {
  // After (0,0) a 1, after (0,1) a 1, after (1,1) a 0, after (1,0) a 0, nearly: the cycle 0 0 1 1, whose four pairs
  // are equally frequent
  const e = 1e-9;
  const { stationary, entropyRate } = withTransitions([
    [e, 1 - e],
    [e, 1 - e],
    [1 - e, e],
    [1 - e, e],
  ]);
  for (const p of stationary) {
    expect(p).toBeCloseTo(0.25, 6);
  }
  expect(entropyRate).toBeCloseTo(0, 6);
});

/** The logits of the chain itself for rows of `exactly`: what no model does better than. */
const truth =
  ({ transitions }: Chain) =>
  () =>
    tf.tensor2d(
      Array.from({ length: SYMBOLS ** 3 }, (_, k) =>
        (transitions[k % SYMBOLS ** 2] as number[]).map(Math.log),
      ),
    );

test('the chain itself has its entropy rate as cross-entropy, another one more', () => {
  const chain = chainOf(1, 'one');
  const all = exactly(chain, 0, SYMBOLS);
  expect(sum([...all.joint.dataSync()])).toBeCloseTo(1, 5);
  expect(crossEntropyOf(truth(chain), all)).toBeCloseTo(chain.entropyRate, 4);
  expect(crossEntropyOf(truth(chainOf(2, 'one')), all)).toBeGreaterThan(chain.entropyRate + 1);
  tf.dispose({ ...all });
});

test('the accuracy of the chain itself is how probable its most probable symbols are', () => {
  const chain = chainOf(1, 'one');
  const all = exactly(chain, 0, SYMBOLS);
  const best = sum(
    chain.transitions.map((p, pair) => Math.max(...p) * (chain.stationary[pair] as number)),
  );
  expect(accuracyOf(truth(chain), all)).toBeCloseTo(best, 4);
  tf.dispose({ ...all });
});

test('a text has the frequencies of its chain', () => {
  const chain = chainOf(3, 'one');
  const text = textOf(chain, 20_000, random(3, 'text'));
  expect(text).toHaveLength(20_000);
  const surprise = text.slice(2).map((c, k) => {
    const pair = SYMBOLS * (text[k] as number) + (text[k + 1] as number);
    return -Math.log(chain.transitions[pair]?.[c] as number);
  });
  // The deviation of a surprise is about 1, that of the mean of 20 000 .007
  expect(Math.abs(sum(surprise) / surprise.length - chain.entropyRate)).toBeLessThan(0.035);
});

test('every seed has a chain of its own, and so has every language', () => {
  const rates = [chainOf(1, 'one'), chainOf(2, 'one'), chainOf(1, 'two')].map(
    ({ entropyRate }) => entropyRate,
  );
  expect(new Set(rates).size).toBe(3);
  expect(chainOf(1, 'one').entropyRate).toBe(rates[0]);
});
