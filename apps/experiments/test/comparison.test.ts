import { expect, test } from 'vitest';
import { compare, comparisonTable, lossesOf, pValue } from '../src/report/comparison.js';
import type { ArmResults } from '../src/study.js';

const arm = (name: string, loss: number[], edge = false): ArmResults => ({
  condition: 'here',
  arm: name,
  tuning: [],
  chosen: 'λ = 1',
  edge,
  test: { loss },
});
const seeds = Array.from({ length: 20 }, (_, k) => k / 100);
const results = [
  arm('plain', seeds),
  arm(
    'better',
    seeds.map((x, k) => x - 0.1 - k / 1000),
  ),
  arm(
    'worse',
    seeds.map((x, k) => x + 0.1 + k / 1000),
    true,
  ),
  arm(
    'same',
    seeds.map((x, k) => x + (k % 2 === 0 ? 1 : -1) * 0.01 * (1 + Math.floor(k / 2))),
  ),
];
const comparison = {
  condition: 'here',
  measure: 'loss',
  label: 'loss',
  better: 'less',
  reference: 'plain',
  decimals: 2,
} as const;

test('differences are those of the same seeds', () => {
  const [plain, better, worse, same] = compare(results, comparison);
  expect(plain?.difference).toBeUndefined();
  // −.1 − mean(k)/1000, and mean(0 … 19) = 9.5
  expect(better?.difference?.mean).toBeCloseTo(-0.1095, 10);
  expect(worse?.difference?.mean).toBeCloseTo(0.1095, 10);
  expect(same?.difference?.mean).toBeCloseTo(0, 10);
  // 2/2²⁰ for the two that have one sign; Holm's first factor is 3 arms
  expect(better?.difference?.p).toBeCloseTo((3 * 2) / 2 ** 20, 10);
  expect(same?.difference?.p).toBeGreaterThan(0.5);
});

test('the table marks what excludes no difference, and what lies at an edge', () => {
  const rows = compare(results, comparison);
  const lines = comparisonTable(rows, comparison).split('\n');
  expect(lines[3]).toMatch(/better .*\*\*−0\.11 \[−0\.11, −0\.11\]\*\* .*< \.001/);
  expect(lines[4]).toContain('λ = 1 (at the edge)');
  expect(lines[5]).not.toContain('**');
});

test('losses are of penalties only, beyond chance, and in the direction that is worse', () => {
  const rows = compare(results, comparison);
  const all = lossesOf(rows, comparison, () => true);
  expect(all).toHaveLength(1);
  expect(all[0]).toContain('worse has more loss than plain');
  expect(lossesOf(rows, comparison, (name) => name === 'better')).toEqual([]);
  const accuracy = { ...comparison, better: 'more' } as const;
  expect(lossesOf(rows, accuracy, () => true)[0]).toContain('better has less loss than plain');
});

test('an arm that is missing is an error', () => {
  expect(() => compare(results, { ...comparison, reference: 'SAM' })).toThrow(
    'expected results of SAM for here',
  );
});

test('p as a reader expects it', () => {
  expect([1, 0.05, 0.0123, 0.0004].map(pValue)).toEqual(['1.000', '.050', '.012', '< .001']);
});
