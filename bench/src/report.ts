import { table } from '@toploss/examples/table';
import type { Ratio } from './measure.js';
import type { PyTorch } from './pytorch.js';
import type { Row } from './run.js';
import { SUITES, type Suite } from './suites.js';

const suiteOf = ({ suite }: Row): Suite => SUITES[suite] as Suite;

/** Nothing where the suite has no target for it. */
function targetOf(row: Row, arm: string): number | undefined {
  const { targets = {}, targetFor = () => true } = suiteOf(row);
  return targetFor(row.size) ? targets[arm]?.[row.backend === 'cpu' ? 0 : 1] : undefined;
}

const isMissed = (row: Row, arm: string): boolean =>
  Number(row.ratios[arm]?.median.toFixed(2)) > (targetOf(row, arm) ?? Infinity);

const othersOf = ({ ratios }: Row): string[] => Object.keys(ratios).slice(1);

/** The ratios of a suite; those above their target are bold. */
export function ratioTable(rows: readonly Row[]): string {
  const [first] = rows as [Row];
  return table(
    [first.suite, `${Object.keys(first.ratios)[0]} (ms)`, ...othersOf(first)],
    rows.map((row) => [
      `${row.backend}, ${row.size}`,
      (row.milliseconds / (suiteOf(row).steps ?? 1)).toFixed(2),
      ...othersOf(first).map((arm) => {
        const { median, low, high } = row.ratios[arm] as Ratio;
        const figure = isMissed(row, arm) ? `**${median.toFixed(2)}**` : median.toFixed(2);
        return `${figure} (${low.toFixed(2)}–${high.toFixed(2)})`;
      }),
    ]),
  );
}

/** What an arm above its target does that the first one does not: the kernels that take most of it. */
function profileTable(rows: readonly Row[]): string {
  const missed = rows.flatMap((row) =>
    othersOf(row)
      .filter((arm) => row.profiles && isMissed(row, arm))
      .map((arm) => ({ row, arm })),
  );
  if (missed.length === 0) {
    return '';
  }
  const lines = missed.map(({ row, arm }) => {
    const [plain = '', profiles = {}] = [Object.keys(row.ratios)[0], row.profiles];
    const own = profiles[arm]?.kernels ?? {};
    const added = Object.entries(own)
      .map(([kernel, ms]) => ({ kernel, ms: ms - (profiles[plain]?.kernels[kernel] ?? 0) }))
      .sort((a, b) => b.ms - a.ms)
      .slice(0, 3)
      .map(({ kernel, ms }) => `${kernel} ${ms.toFixed(2)}`);
    const steps = suiteOf(row).steps ?? 1;
    return [
      `${row.backend}, ${row.size}: ${arm}`,
      `${row.ratios[arm]?.median.toFixed(2)} > ${targetOf(row, arm)}`,
      (((row.ratios[arm]?.median ?? 1) - 1) * (row.milliseconds / steps)).toFixed(2),
      `${(profiles[arm]?.operations ?? 0) - (profiles[plain]?.operations ?? 0)}`,
      added.join(', '),
    ];
  });
  const header = [
    'above its target',
    'ratio',
    'more ms a step',
    'more kernels',
    'of them (ms a sample)',
  ];
  return `Profile of what is above its target; loops of our own are not kernels of tfjs, and not in the last column.\n\n${table(header, lines)}`;
}

/** Peak tensors and bytes above what stays. */
function memoryTable(rows: readonly Row[]): string {
  const profiled = rows.filter(({ profiles, backend }) => profiles && backend === 'cpu');
  const [first] = profiled;
  if (first === undefined) {
    return '';
  }
  const arms = Object.keys(first.ratios);
  return `Kernels, and peak tensors and megabytes above what stays, on cpu:\n\n${table(
    ['kernels / tensors / MB', ...arms],
    profiled.map(({ size, profiles = {} }) => [
      size,
      ...arms.map((arm) => {
        const { operations = 0, tensors = 0, bytes = 0 } = profiles[arm] ?? {};
        return `${operations} / ${tensors} / ${(bytes / 1e6).toFixed(2)}`;
      }),
    ]),
  )}`;
}

/** The Python package's ratios in PyTorch, beside ours of the same size and penalty. */
function pythonTable(rows: readonly Row[], { torch, threads, cases }: PyTorch): string {
  const arms = Object.keys(Object.values(cases)[0]?.ratios ?? {});
  const ours = (size: string, backend: string, arm: string) =>
    rows
      .find((row) => row.suite === 'step' && row.size === size && row.backend === backend)
      ?.ratios[arm]?.median.toFixed(2) ?? '';
  return `## Beside the Python package

The cost of a penalty as a multiple of the plain step, toploss 0.1.0 in PyTorch ${torch} (${threads} thread) / ours on cpu /
ours on wasm. Each is measured beside its own plain step, by Adam; \`bench/pytorch.py\` writes the first.

${table(
  ['PyTorch / cpu / wasm', 'PyTorch plain (ms)', ...arms],
  Object.entries(cases).map(([size, { milliseconds, ratios }]) => [
    size,
    milliseconds.toFixed(2),
    ...arms.map((arm) =>
      [ratios[arm]?.median.toFixed(2), ours(size, 'cpu', arm), ours(size, 'wasm', arm)].join(' / '),
    ),
  ]),
)}`;
}

export function report(
  rows: readonly Row[],
  pytorch: PyTorch | undefined,
  machine: string,
): string {
  const sections = Object.entries(SUITES).flatMap(([name, { title, notes }]) => {
    const measured = rows.filter(({ suite }) => suite === name);
    return measured.length === 0
      ? []
      : [
          `## ${title}`,
          ratioTable(measured),
          notes,
          profileTable(measured),
          ['step', 'scaling', 'network'].includes(name) ? memoryTable(measured) : '',
        ];
  });
  const python = pytorch ? [pythonTable(rows, pytorch)] : [];
  return `# Costs

\`npx -y pnpm@12.21.0 bench --save\` wrote this page: interleaved rounds, each arm once in a round; the median and the
quartiles over the rounds of the ratio to the first arm in the same round. Above its target is **bold**. ${machine}.

${[...sections, ...python].filter((text) => text !== '').join('\n\n')}
`;
}
