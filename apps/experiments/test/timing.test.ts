import { expect, test } from 'vitest';
import { timingSection } from '../src/timing/section.js';

const timing = (ratios: Record<string, number>) => ({ network: 'small', plain: 2, ratios });

test('half of the extra time, not of the time', () => {
  // .4 is less than half of 1; .6 is not
  const { claims } = timingSection([
    timing({ SAM: 2, 'SASP network, a': 1.4, 'SASP network, b': 1.6 }),
  ]);
  expect(claims.map(({ holds, found }) => [holds, found])).toEqual([
    [true, '+40 % compared with +100 %'],
    [false, '+60 % compared with +100 %'],
  ]);
});

test('a row for each method, a column for each network', () => {
  const { markdown } = timingSection([timing({ SAM: 2 }), timing({ SAM: 1.8 })]);
  expect(markdown).toMatch(/\| SAM +\| +2\.00 \| +1\.80 \|/);
});

test('the models of a study have a table of their own, and a third of the extra time', () => {
  const flat = (ratio: number) => ({
    ...timing({ SAM: 2, SASP: ratio }),
    study: 'flat-minima',
  });
  const { markdown, claims } = timingSection([timing({ SAM: 2 }), flat(1.3), flat(1.4)]);
  expect(claims.map(({ holds }) => holds)).toEqual([true, false]);
  expect(markdown.match(/\| SAM /g)).toHaveLength(2);
});
