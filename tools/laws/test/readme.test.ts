import { expect, test } from 'vitest';
import { recipes } from '../src/recipes.js';
import { documentedOptions, optionsOf } from '../src/tables.js';

const withOptions = recipes.flatMap(({ folder, tables }) => (tables ? [{ folder, tables }] : []));

test.each(withOptions)(
  'the README of $folder names every option that there is, and no other',
  ({ folder, tables }) => {
    const documented = documentedOptions(folder).map((options) => options.sort());
    const taken = tables.map((table) => [...new Set(table.flatMap(optionsOf))].sort());
    expect(documented).toEqual(taken);
  },
);
