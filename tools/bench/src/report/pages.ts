import type { Measured, Row } from '../run.js';
import { BACKENDS, SUITES, type Suite } from '../suites.js';
import { launchesTable } from './launches.js';
import { memoryTable } from './memory.js';
import { overview } from './overview.js';
import { profileTable } from './profiles.js';
import { type PyTorch, pythonTable } from './pytorch.js';
import { isCount, isGap, isRow, ratioTable } from './ratios.js';
import { growthTable, peakTable } from './scaling.js';

/** The suites of the page of their own; the others are on the first. */
const SCALING = ['scaling', 'decay'];

/** Suites of whole steps, whose peaks are told, on backends that differ: loops of our own on cpu, tfjs' on a GPU. */
const PEAKS = { suites: ['step', 'network', 'decay'], backends: ['cpu', 'webgl'] };

const page = (...parts: string[]): string =>
  `${parts.filter((part) => part !== '').join('\n\n')}\n`;

export function costsPage(measured: readonly Measured[], pytorch: PyTorch | undefined): string {
  return page(
    '# Costs',
    `What a step costs with each method, as a multiple of the plain step with Adam. 1.05 is 5 % more. On cpu and wasm it is time,
on webgl and webgpu the number of programs that the device runs.`,
    overview(measured),
    `"SASP of the last layer" is \`saspCrossEntropy\`, and so a faster loss too. "SASP of all layers" does its work at every 4th
step. ¼ of the batch is \`fraction: 0.25\`. L2 and SAM are for comparison.`,
    '## How it is measured',
    `\`npx -y pnpm@12.21.0 bench --save\` writes this page and [how the costs grow](SCALING.md). A round takes a sample of some
steps from every arm, in random order. A figure is what an arm costs as a multiple of the first arm in the same round:
the median over the rounds, and the quartiles. Figures above their target are **bold**. \`--suites\`, \`--backends\`,
\`--sizes\` and \`--seconds\` measure a part and leave the rest as it was; \`--quick\`, without \`--save\`, is a look.`,
    machines(measured),
    `A second table explains each figure above its target, a step beside one of the first arm: the milliseconds and the kernels
of tfjs that it takes more, the kernels that take most of that time, and the time in none: loops of our own, and the work
around kernels. A GPU does not tell the time of a kernel.`,
    `On a GPU in software some cases would take hours. Cases are left out, and named, if the fewest rounds would take longer than
three times the time of a case.`,
    ...Object.keys(SUITES)
      .filter((suite) => !SCALING.includes(suite))
      .flatMap((suite) => suiteSection(suite, measured)),
    ...(pytorch ? pythonSection(measured, pytorch) : []),
  );
}

export function scalingPage(measured: readonly Measured[]): string {
  const { title, notes } = SUITES.scaling as Suite;
  const grown = byBackend(measured.filter(isRow), 'scaling');
  return page(
    `# ${title}`,
    `Written together with [the costs](README.md), where the method and the machines are. What costs ×1 is compared with what
is ×2, ×4 and ×8 in one of its sizes. **Bold** is what three quarters of the rounds have above the bound.`,
    notes,
    ...grown.map(growthTable),
    gaps(measured, 'scaling'),
    'The most tensors and megabytes above what stays, with the gradients that are returned; bold above the bound:',
    ...grown.filter(isPeak).map(peakTable),
    ...suiteSection('decay', measured),
  );
}

function suiteSection(name: string, measured: readonly Measured[]): string[] {
  const { title, notes } = SUITES[name] as Suite;
  if (!measured.some(({ suite }) => suite === name)) {
    return [];
  }
  const rows = byBackend(measured.filter(isRow), name);
  const peaks = PEAKS.suites.includes(name) ? rows.filter(isPeak).map(memoryTable) : [];
  return [
    `## ${title}`,
    notes,
    ...rows.map(ratioTable),
    launchesTable(measured.filter(isCount).filter(({ suite }) => suite === name)),
    gaps(measured, name),
    profileTable(rows.flat()),
    ...(peaks.length > 0
      ? ['Kernels, and the most tensors and megabytes of a step above what stays:', ...peaks]
      : []),
  ];
}

function pythonSection(measured: readonly Measured[], pytorch: PyTorch): string[] {
  const { toploss, torch, python, processor } = pytorch;
  return [
    '## Beside the Python package',
    `The step with a penalty as a multiple of the plain step: toploss ${toploss} in PyTorch ${torch}, then ours on cpu and on wasm.
The same networks, batches and Adam, each beside its own plain step. [\`pytorch.py\`](pytorch.py) measures the first, in
the time of one thread: Python ${python}, ${processor}.`,
    pythonTable(measured.filter(isRow), pytorch),
  ];
}

function byBackend(rows: readonly Row[], suite: string): Row[][] {
  return BACKENDS.map((backend) =>
    rows.filter((row) => row.suite === suite && row.backend === backend),
  ).filter(({ length }) => length > 0);
}

const isPeak = ([first]: Row[]): boolean => PEAKS.backends.includes(first?.backend ?? '');

/** Which backends were measured where. */
function machines(measured: readonly Measured[]): string {
  const names = [...new Set(measured.map(({ machine }) => machine))];
  const backendsOf = (name: string) =>
    BACKENDS.filter((backend) =>
      measured.some((row) => row.machine === name && row.backend === backend),
    );
  return names.map((name) => `- ${backendsOf(name).join(', ')}: ${name}`).join('\n');
}

function gaps(measured: readonly Measured[], suite: string): string {
  const lines = measured
    .filter(isGap)
    .filter((gap) => gap.suite === suite)
    .map(({ backend, size, reason }) => `- ${backend}, ${size}: ${reason}`);
  return lines.length === 0 ? '' : `Not measured:\n\n${lines.join('\n')}`;
}
