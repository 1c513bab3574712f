import { readFileSync } from 'node:fs';

/** The names in the tables of options in the README of a folder, table by table. */
export function documentedOptions(folder: string): string[][] {
  const readme = readFileSync(new URL(`../../../${folder}/README.md`, import.meta.url), 'utf8');
  const tables = readme.match(/^\| option +\| default .*\n\| -.*\n(\|.*\n)+/gm) ?? [];
  return tables.map((table) => {
    const rows = table.trimEnd().split('\n').slice(2);
    return rows.map((row) => (row.split('|')[1] as string).replaceAll('`', '').trim());
  });
}

/** The options that a function takes, which the error about one that it does not know lists. */
export function optionsOf(f: (options: never) => unknown): string[] {
  try {
    f({ unheardOf: 1 } as never);
  } catch (error) {
    const [, keys] = /to have keys among (.*)\. Received: "unheardOf"/.exec(String(error)) ?? [];
    if (keys !== undefined) {
      return keys.split(', ');
    }
    throw error;
  }
  throw new Error('It takes any option.');
}
