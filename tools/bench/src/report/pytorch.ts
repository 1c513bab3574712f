import { table } from '@toploss/experiments/report/table';
import type { Measurement } from '../measure.js';
import type { Row } from '../run.js';
import { inMilliseconds } from './ratios.js';

/** What `tools/bench/pytorch.py` writes; the cases have the names of those of the suite `step`. */
export interface PyTorch {
  torch: string;
  toploss: string;
  python: string;
  processor: string;
  cases: Record<string, Measurement>;
}

/** The ratios of the Python package in PyTorch, beside ours of the same size and penalty. */
export function pythonTable(rows: readonly Row[], { cases }: PyTorch): string {
  const sizes = Object.entries(cases);
  const arms = Object.keys(sizes[0]?.[1].ratios ?? {}).slice(1);
  const ours = (size: string, backend: string) =>
    rows.find((row) => row.suite === 'step' && row.size === size && row.backend === backend);
  const beside = (size: string, { ratios }: Measurement, arm: string) =>
    [ratios, ours(size, 'cpu')?.ratios, ours(size, 'wasm')?.ratios]
      .map((of) => of?.[arm]?.median.toFixed(2) ?? '–')
      .join(' / ');
  const milliseconds = (size: string, python: Measurement) =>
    [python, ours(size, 'cpu'), ours(size, 'wasm')]
      .map((of) => (of ? inMilliseconds(of.milliseconds) : '–'))
      .join(' / ');
  return table(
    ['PyTorch / cpu / wasm', ...sizes.map(([size]) => size)],
    [
      ['plain (ms)', ...sizes.map(([size, python]) => milliseconds(size, python))],
      ...arms.map((arm) => [arm, ...sizes.map(([size, python]) => beside(size, python, arm))]),
    ],
  );
}
