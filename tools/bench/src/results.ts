import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Case, Measured } from './run.js';
import { BACKENDS, SUITES } from './suites.js';

export const fileOf = (name: string): string =>
  fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Nothing where the file is not there. */
export function read<T>(name: string): T | undefined {
  const file = fileOf(name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined;
}

/** A row a line, for the difference to be readable, and no more digits than mean something. */
export function asText(rows: readonly Measured[]): string {
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(4)) : value;
  return `[\n${rows.map((row) => JSON.stringify(row, rounded)).join(',\n')}\n]\n`;
}

/** Replaces the old rows of the same cases by the new ones, in the order of the suites and backends. */
export function merged(old: readonly Measured[], fresh: readonly Measured[]): Measured[] {
  const byCase = new Map([...old, ...fresh].map((row) => [keyOf(row), row]));
  const place = keysInOrder();
  return [...byCase.values()]
    .filter((row) => place.has(keyOf(row)))
    .sort((a, b) => (place.get(keyOf(a)) as number) - (place.get(keyOf(b)) as number));
}

const keyOf = ({ suite, backend, size }: Case): string => [suite, backend, size].join();

/** Cases that the suites do not have any more have no place. */
function keysInOrder(): Map<string, number> {
  const keys = Object.entries(SUITES).flatMap(([suite, { cases }]) =>
    BACKENDS.flatMap((backend) =>
      Object.keys(cases).map((size) => keyOf({ suite, backend, size })),
    ),
  );
  return new Map(keys.map((key, k) => [key, k]));
}
