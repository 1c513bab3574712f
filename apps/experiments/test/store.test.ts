import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shardOf } from '../src/running/shard.js';
import { keyOf, Store } from '../src/running/store.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'experiments-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name = 'runs') => join(folder, 'results', `${name}.jsonl`);

test('what was stored is there again, as it was', () => {
  const stored = new Store(file()).set('a', { loss: 1 / 3, path: [1, 2e-7] });
  expect(stored).toEqual({ loss: 0.33333, path: [1, 2e-7] });
  expect(new Store(file()).get('a')).toEqual(stored);
  expect(new Store(file()).get('b')).toBeUndefined();
});

test('a line that an interruption cut off is lost, and no other', () => {
  new Store(file()).set('a', { loss: 1 });
  appendFileSync(file(), '\n{"key":"b","measu');
  const again = new Store(file());
  expect(again.get('b')).toBeUndefined();
  again.set('c', { loss: 2 });
  expect(new Store(file()).get('a')).toEqual({ loss: 1 });
  expect(new Store(file()).get('c')).toEqual({ loss: 2 });
});

test('what is not a number is an error, not a null', () => {
  const store = new Store(file());
  expect(() => store.set('a', { loss: Number.NaN })).toThrow('expected `loss` to be finite');
  expect(() => store.set('a', { path: [1, Number.POSITIVE_INFINITY] })).toThrow('finite');
  expect(store.get('a')).toBeUndefined();
});

test('runs of another machine are taken over once', () => {
  const [here, there] = [new Store(file()), new Store(file('other'))];
  here.set('a', { loss: 1 });
  there.set('a', { loss: 1 });
  there.set('b', { loss: 2 });
  here.merge(readFileSync(file('other'), 'utf8'));
  here.merge(readFileSync(file('other'), 'utf8'));
  expect(new Store(file()).get('b')).toEqual({ loss: 2 });
  expect(readFileSync(file(), 'utf8').match(/"key"/g)).toHaveLength(2);
});

test('a key is decided by everything that decides a run', () => {
  const run = { study: 'sharpness', phase: 'test', setting: { λ: 1 }, seed: 1 };
  expect(keyOf(run)).toBe(keyOf({ ...run }));
  const others = [
    { ...run, study: 'decay' },
    { ...run, phase: 'tune' },
    { ...run, setting: { λ: 2 } },
    { ...run, seed: 2 },
  ];
  expect(new Set([run, ...others].map(keyOf)).size).toBe(5);
});

test('every arm belongs to one shard', () => {
  const shards = ['1/3', '2/3', '3/3'].map(shardOf);
  for (let k = 0; k < 10; k++) {
    expect(shards.filter((shard) => shard.has(k))).toHaveLength(1);
  }
});

test('shards that do not exist are errors', () => {
  for (const text of ['0/2', '3/2', '1', 'a/b', '1/2/3', '']) {
    expect(() => shardOf(text)).toThrow('expected `--shard` like 1/3');
  }
});
