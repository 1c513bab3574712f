import { table } from '@toploss/experiments/report/table';
import type { Count } from '../run.js';
import { SUITES } from '../suites.js';

/** The launches of every arm, and those of penalties as a multiple of the plain step; above their target bold. */
export function launchesTable(counts: readonly Count[]): string {
  const [first] = counts;
  if (first === undefined) {
    return '';
  }
  const targets = SUITES.launches?.targets ?? {};
  const cell = ({ launches }: Count, arm: string) => {
    const [count = Number.NaN, plain = Number.NaN] = [launches[arm], launches.plain];
    const ratio = (count / plain).toFixed(2);
    const [most = Infinity] = targets[arm] ?? [];
    return `${Number(count.toFixed(2))} (${Number(ratio) > most ? `**${ratio}**` : ratio})`;
  };
  return table(
    ['', ...counts.map(({ backend, size }) => `${backend}, ${size}`), 'target'],
    Object.keys(first.launches).map((arm) => [
      arm,
      ...counts.map((count) => cell(count, arm)),
      targets[arm]?.[0].toFixed(2) ?? '',
    ]),
  );
}
