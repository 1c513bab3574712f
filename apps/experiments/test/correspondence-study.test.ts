import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { underAdam } from '../src/studies/correspondence/adam.js';
import { claims } from '../src/studies/correspondence/claims.js';
import { CONDITIONS } from '../src/studies/correspondence/conditions.js';
import { correspondence } from '../src/studies/correspondence/correspondence.js';
import { RATES } from '../src/studies/correspondence/flow.js';
import { magnitude } from '../src/studies/correspondence/found.js';
import type { Setting } from '../src/studies/correspondence/measure.js';
import { partings } from '../src/studies/correspondence/partings.js';
import type { ArmResults, StudyResults } from '../src/study.js';

const arms = correspondence.arms();
const settings = arms.map(({ condition, name, candidates }) => ({
  title: `${condition}: ${name}`,
  setting: candidates[0]?.setting as Setting,
}));

/** In few steps; those without any are cheap on quadratics. */
const small = (setting: Setting): Setting =>
  'steps' in setting ? { ...setting, steps: 3 } : setting;

describe.each(
  settings.filter(
    ({ setting }) =>
      setting.part !== 'order' && !(setting.part === 'conservative' && setting.kind === 'network'),
  ),
)('$title', ({ setting }) => {
  test('is finite, the same twice, and leaves nothing behind', () => {
    const first = correspondence.test(small(setting), 1);
    const before = tf.memory().numTensors;
    expect(correspondence.test(small(setting), 1)).toEqual(first);
    expect(tf.memory().numTensors).toBe(before);
    for (const value of Object.values(first).flat()) {
      expect(value).toBeTypeOf('number');
      expect(Number.isFinite(value)).toBe(true);
    }
  });
});

test('the first step of Adam goes η toward the minimum', () => {
  const [start, next] = underAdam('L2 in the loss', 3, 1);
  expect(start).toBe(3);
  expect(next).toBeCloseTo(2.99, 4);
});

test('names are unique, and nothing is to be chosen', () => {
  expect(new Set(settings.map(({ title }) => title)).size).toBe(settings.length);
  expect(arms.every(({ candidates }) => candidates.length === 1)).toBe(true);
});

/** As the theory has it. */
function ideal(): StudyResults {
  const values = (condition: string, name: string): Record<string, (number | number[])[]> => {
    const powers = (order: number) => RATES.map((eta) => eta ** order);
    switch (condition) {
      case CONDITIONS.packages:
        return { difference: [1e-7, 2e-7] };
      case CONDITIONS.lookalikes:
        return { difference: [0.1, 0.2] };
      case CONDITIONS.adam: {
        const end = name.includes('cautious') ? 1 : 2 / 3;
        return {
          end: [end, end],
          path: [
            [0, end],
            [2, end],
          ],
        };
      }
      case CONDITIONS.iterates.quadratic:
      case CONDITIONS.iterates.network:
        return { difference: [1e-13, 2e-13] };
    }
    const isFree =
      /^L2|first-order|SASP|fixed/.test(name) ||
      (name === 'SAM' && condition.includes('quadratic'));
    if (condition.startsWith('order')) {
      return {
        first: [powers(1), powers(1)],
        firstOrder: [1, 1],
        second: [powers(2), powers(2)],
        secondOrder: [2, 2],
        ...(!isFree && { gradient: [powers(1), powers(1)], gradientOrder: [1, 1] }),
      };
    }
    const curl = isFree || name.startsWith('CWD') ? 1e-13 : 0.5;
    return {
      curl: [curl, curl],
      pathDependence: isFree ? [1e-16, 1e-16] : [0.1, 0.1],
      ...(isFree && name !== 'SAM' && { potentialError: [1e-16, 1e-16] }),
    };
  };
  return arms.map(({ condition, name }) => ({
    condition,
    arm: name,
    tuning: [],
    chosen: '',
    edge: false,
    test: values(condition, name),
  }));
}

/** The claims, in their order, that do not hold once one arm found something else. */
function refused(change: (entry: ArmResults) => Record<string, (number | number[])[]> | undefined) {
  let changed = 0;
  const results = ideal().map((entry) => {
    const other = change(entry);
    changed += Number(other !== undefined);
    return other ? { ...entry, test: { ...entry.test, ...other } } : entry;
  });
  expect(changed).toBeGreaterThan(0);
  return claims(results).flatMap(({ holds }, k) => (holds ? [] : [k]));
}

describe('claims', () => {
  test('hold as the theory has it', () => {
    expect(claims(ideal()).map(({ holds }) => holds)).toEqual(Array(10).fill(true));
  });

  const at = (condition: string, arm: string, other: Record<string, (number | number[])[]>) =>
    refused((entry) => (entry.condition === condition && entry.arm === arm ? other : undefined));

  test('are refused, each by its own numbers', () => {
    const { iterates, packages, lookalikes, order, conservative, adam } = CONDITIONS;
    expect(at(iterates.network, 'SAM', { difference: [0, 1e-6] })).toEqual([0]);
    expect(at(packages, 'CVP in the loss', { difference: [1e-3, 0] })).toEqual([1]);
    expect(at(lookalikes, 'SAM, by its first order ρ‖g‖', { difference: [1e-9, 1] })).toEqual([2]);
    expect(at(order.network, 'L2', { firstOrder: [1, 1.2] })).toEqual([3]);
    expect(at(order.network, 'SASP, fisher', { secondOrder: [2, 1.8] })).toEqual([3]);
    expect(at(order.quadratic, 'CVP, soft gate', { secondOrder: [2, 1.8] })).toEqual([4]);
    const square = RATES.map((eta) => eta ** 2);
    expect(at(order.quadratic, 'CVP, soft gate', { gradient: [square, square] })).toEqual([4]);
    expect(at(conservative.network, 'first-order SAM', { curl: [0, 0.01] })).toEqual([5]);
    expect(at(conservative.quadratic, 'SAM', { curl: [0, 0.01] })).toEqual([5]);
    expect(at(conservative.network, 'L2', { potentialError: [0, 0.01] })).toEqual([6]);
    expect(at(conservative.network, 'SAM', { curl: [0.01, 1e-9] })).toEqual([7]);
    expect(at(conservative.network, 'CWD, hard gate', { pathDependence: [0, 0] })).toEqual([8]);
    expect(at(adam, 'L2 in the loss', { end: [1, 1] })).toEqual([9]);
    expect(at(adam, 'CVP, cautious gate, decoupled', { end: [1, 0.9] })).toEqual([9]);
  });
});

test('the report has a table for every question, and figures that are drawn', () => {
  const { markdown, figures, losses } = correspondence.report(ideal());
  for (const { name } of arms) {
    expect(markdown).toContain(`| ${name} `);
  }
  expect(markdown).not.toMatch(/NaN|undefined|Infinity/);
  expect(losses).toEqual([]);
  expect(figures.map(({ name }) => name)).toEqual([
    'correspondence-paths',
    'correspondence-orders',
    'correspondence-curl',
    'correspondence-adam',
  ]);
  for (const { svg } of figures) {
    expect(svg).not.toMatch(/NaN|undefined/);
  }
});

test('runs that part stand beside what the optimizer makes of its own start', () => {
  expect(partings(ideal())).toBe('');
  const apart = ideal().map((entry) =>
    entry.condition === CONDITIONS.iterates.quadratic && entry.arm === 'SAM'
      ? { ...entry, test: { difference: [1e-13, 0.02] } }
      : entry,
  );
  // A quadratic contracts: the start that is moved by 1e-14 stays as near
  expect(partings(apart)).toMatch(/\| SAM, quadratic, seed 2 \| +0\.02 \| +\d·10⁻¹⁴ \|/);
});

test('magnitudes', () => {
  expect([0, 6.4e-14, 0.0123, 1.41, 2e-7].map(magnitude)).toEqual([
    '0',
    '6·10⁻¹⁴',
    '0.012',
    '1.4',
    '2·10⁻⁷',
  ]);
});
