import { readFileSync } from 'node:fs';

/** A table of options in the README of a package: for each name the cell of its default, as code or words. */
export type OptionTable = Readonly<Record<string, string>>;

/** The tables of options, in their order. */
export function optionTables(name: string): OptionTable[] {
  const readme = readFileSync(new URL(`../../packages/${name}/README.md`, import.meta.url), 'utf8');
  const tables = readme.match(/^\| option +\| default .*\n\| -.*\n(\|.*\n)+/gm) ?? [];
  return tables.map((table) => {
    const rows = table.trimEnd().split('\n').slice(2);
    return Object.fromEntries(
      rows.map((row) => {
        const [option = '', byDefault = ''] = row
          .split('|')
          .slice(1)
          .map((cell) => cell.trim());
        return [option.replaceAll('`', ''), byDefault];
      }),
    );
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
