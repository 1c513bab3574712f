import { expect, test } from 'vitest';
import { groups } from '../src/page/groups.js';
import { fromHash, toHash } from '../src/settings/address.js';
import { initial, keys, matters, type Settings, table } from '../src/settings/table.js';

test('the address holds what differs from the initial settings, and nothing else', () => {
  expect(toHash(initial)).toBe('');
  expect(toHash({ ...initial, data: 'spiral', saspLambda: 0.3 })).toBe(
    'data=spiral&saspLambda=0.3',
  );
});

test('every value of every setting comes back from the address', () => {
  for (const key of keys) {
    const setting = table[key];
    const values = setting.kind === 'choice' ? Object.keys(setting.options) : setting.values;
    for (const value of values) {
      const settings = { ...initial, [key]: value } as Settings;
      expect(fromHash(`#${toHash(settings)}`)).toEqual(settings);
    }
  }
});

test('what an address does not say or cannot say stays as it is initially', () => {
  expect(fromHash('')).toEqual(initial);
  expect(fromHash('#data=toString&noise=&depth=many&backend=abacus&unknown=1')).toEqual(initial);
});

test('a number between two positions of a slider goes to the nearer one', () => {
  // 0.16 lies between 0.15 and 0.2; 10⁹ beyond the last one.
  expect(fromHash('#noise=0.16').noise).toBe(0.15);
  expect(fromHash('#width=1e9').width).toBe(128);
});

test('the initial value of every slider is one of its positions', () => {
  for (const key of keys) {
    const setting = table[key];
    if (setting.kind === 'scale') {
      expect(setting.values).toContain(setting.initial);
      expect([...setting.values].sort((a, b) => a - b)).toEqual(setting.values);
    }
  }
});

test('every setting has its place in the form, once', () => {
  expect(groups.flatMap(({ keys }) => keys).sort()).toEqual([...keys].sort());
});

test('the details of a penalty matter where it has a weight', () => {
  expect(matters('cvpGate', { ...initial, cvpLambda: 0 })).toBe(false);
  expect(matters('cvpGate', { ...initial, cvpLambda: 0.1 })).toBe(true);
  expect(matters('saspCurvature', { ...initial, saspLambda: 0.1, saspOf: 'network' })).toBe(false);
  expect(matters('saspCurvature', { ...initial, saspLambda: 0.1, saspOf: 'head' })).toBe(true);
});
