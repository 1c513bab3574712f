import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { reportOf } from '../src/report/report.js';
import { readResults, readTimes } from '../src/report/write.js';
import { STUDIES } from '../src/studies.js';

const folder = new URL('../results/', import.meta.url);
const results = readResults(folder);
const { markdown, figures } = reportOf(results, readTimes(folder));

test('every study has recorded results, of all of its arms', () => {
  for (const study of STUDIES) {
    const recorded = results[study.name]?.map(({ condition, arm }) => [condition, arm]);
    expect(recorded).toEqual(study.arms().map(({ condition, name }) => [condition, name]));
  }
});

test('the recorded report is that of the recorded results', () => {
  expect(readFileSync(new URL('RESULTS.md', folder), 'utf8')).toBe(markdown);
});

test('every figure is there', () => {
  for (const { name } of figures) {
    expect(existsSync(new URL(`figures/${name}.svg`, folder))).toBe(true);
  }
});
