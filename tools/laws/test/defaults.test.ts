import { inScope, snapshot } from '@toploss/testing/recipes';
import { describe, expect, test } from 'vitest';
import { recipes } from '../src/recipes.js';
import { holds } from '../src/runs.js';

const RUNS = 100;

describe('an option that is left out, that is undefined, and that is its default: the same bits', () => {
  test.each(recipes.flatMap(({ defaults = [] }) => defaults))('$name', ({ drawn }) => {
    holds(RUNS, drawn, (make) => {
      inScope(() => {
        const { defaults, options, run } = make();
        const left = Object.fromEntries(Object.keys(defaults).map((key) => [key, undefined]));
        const expected = snapshot(run(options));
        expect(snapshot(run({ ...defaults, ...options }))).toBe(expected);
        expect(snapshot(run({ ...left, ...options }))).toBe(expected);
      });
    });
  });
});
