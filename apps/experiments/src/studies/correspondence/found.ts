import type { StudyResults } from '../../study.js';
import { CONDITIONS } from './conditions.js';

/** Between float64 and differences of sixth order. */
export const EQUAL = 1e-8;

export const NAMES = { quadratic: 'quadratic', network: 'two-layer net' } as const;

const KINDS = ['quadratic', 'network'] as const;

/** What one arm found, a number for each seed. */
export interface Found {
  kind: (typeof KINDS)[number];
  method: string;
  values: number[];
}

/** A quantity, of every arm of a condition that has it. */
export function under(
  results: StudyResults,
  condition: string,
  quantity: string,
): Omit<Found, 'kind'>[] {
  return results
    .filter((entry) => entry.condition === condition && quantity in entry.test)
    .map(({ arm, test }) => ({ method: arm, values: test[quantity] as number[] }));
}

/** The same on quadratics and on the net. */
export const onBoth = (
  results: StudyResults,
  part: 'iterates' | 'order' | 'conservative',
  quantity: string,
): Found[] =>
  KINDS.flatMap((kind) =>
    under(results, CONDITIONS[part][kind], quantity).map((found) => ({ kind, ...found })),
  );

/** The largest of all, and whose it is. */
export const largest = <Entry extends { method: string; values: number[] }>(
  entries: readonly Entry[],
): { value: number; method: string } =>
  entries.reduce(
    (most, { method, values }) => {
      const value = Math.max(...values);
      return value > most.value ? { value, method } : most;
    },
    { value: Number.NEGATIVE_INFINITY, method: '' },
  );

export const least = (entries: readonly { values: number[] }[]): number =>
  Math.min(...entries.flatMap(({ values }) => values));

/** `6·10⁻¹⁴`; what is nearer to 1 as it is. */
export function magnitude(x: number): string {
  if (x === 0 || (x >= 1e-3 && x < 1e4)) {
    return x === 0 ? '0' : String(Number(x.toPrecision(2)));
  }
  const [digits, exponent] = x.toExponential(0).split('e') as [string, string];
  return `${digits}·10${exponent.replace('+', '').replace(/./g, (sign) => SUPERSCRIPTS[sign] as string)}`;
}

const SUPERSCRIPTS: Record<string, string> = Object.fromEntries(
  [...'-0123456789'].map((sign, k) => [sign, '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'[k] as string]),
);
