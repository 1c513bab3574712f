import { describe, expect, it } from 'vitest';
import { launchesTable } from '../src/report/launches.js';
import { overview } from '../src/report/overview.js';
import { costsPage, scalingPage } from '../src/report/pages.js';
import { profileTable } from '../src/report/profiles.js';
import { pythonTable } from '../src/report/pytorch.js';
import { lineOf, ratioTable } from '../src/report/ratios.js';
import { growthTable, peakTable } from '../src/report/scaling.js';
import type { Count } from '../src/run.js';
import { ROW } from './rows.js';

/** The cells of a Markdown table, without the rule. */
const cells = (table: string): string[][] =>
  table
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('| --'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );

describe('ratioTable', () => {
  it('has a column for every size, and what is above its target in bold', () => {
    const larger = { ...ROW, size: '784-256-10, B 512', milliseconds: 731.5 };
    expect(cells(ratioTable([ROW, larger]))).toEqual([
      ['cpu', '16-32-4, B 32', '784-256-10, B 512', 'target'],
      ['plain (ms)', '2.00', '732', ''],
      ['SASP', '**1.05** (1.02–1.10)', '**1.05** (1.02–1.10)', '1.01'],
      ['CVP', '1.02 (0.99–1.04)', '1.02 (0.99–1.04)', '1.03'],
      ['rounds × steps', '9 × 16', '9 × 16', ''],
    ]);
  });

  it('has no targets where the suite has none', () => {
    const decay = { ...ROW, suite: 'decay' };
    expect(cells(ratioTable([decay]))[0]).toEqual(['cpu', ROW.size]);
  });
});

describe('profileTable', () => {
  it('is of what is above its target, beside the first arm', () => {
    // .05 of 2 ms more: .04 in Exp and .01 in Mul, .05 in none; 12 − 10 kernels
    expect(cells(profileTable([ROW])).slice(1)).toEqual([
      ['cpu, 16-32-4, B 32: SASP', '1.05 > 0.95', '0.10', '2', 'Exp 0.04, Mul 0.01', '0.05'],
    ]);
  });

  it('is nothing where all is below', () => {
    const { SASP, ...ratios } = ROW.ratios;
    expect(profileTable([{ ...ROW, ratios }])).toBe('');
  });
});

const COUNT: Count & { machine: string } = {
  suite: 'launches',
  backend: 'webgl',
  size: ROW.size,
  machine: 'Chromium',
  launches: { plain: 100, SASP: 94, CVP: 112, NGER: 150, 'equal weights': 120 },
};

describe('overview', () => {
  it('has the time of a step on cpu, its launches on a GPU, and a dash for what is not known', () => {
    const [header, ...rows] = cells(overview([ROW, COUNT]));
    const columns = ['cpu, 16-32-4, B 32', 'webgl, 16-32-4, B 32', 'webgpu, 16-32-4, B 32'].map(
      (title) => header?.indexOf(title) as number,
    );
    const rowOf = (method: string) => {
      const row = rows.find(([name]) => name === method);
      return columns.map((column) => row?.[column]);
    };
    expect(rowOf('SASP of the last layer')).toEqual(['1.05', '0.94', '–']);
    expect(rowOf('NGER, two tasks')).toEqual(['–', '1.25', '–']); // 150 to 120
  });
});

describe('launchesTable', () => {
  it('has counts and ratios, bold above the target', () => {
    expect(cells(launchesTable([COUNT])).slice(0, 4)).toEqual([
      ['', 'webgl, 16-32-4, B 32', 'target'],
      ['plain', '100 (1.00)', ''],
      ['SASP', '94 (0.94)', '0.95'],
      ['CVP', '112 (**1.12**)', '1.10'],
    ]);
  });
});

describe('scaling', () => {
  const profileOf = (tensors: number, bytes: number) => ({
    operations: 1,
    tensors,
    bytes,
    kernels: {},
  });
  const row = {
    ...ROW,
    suite: 'scaling',
    size: 'SASP, by C',
    ratios: {
      '×1': { low: 1, median: 1, high: 1 },
      '×2': { low: 1.9, median: 2.1, high: 2.2 },
      '×4': { low: 4.1, median: 4.3, high: 4.4 },
    },
    profiles: { '×1': profileOf(3, 1e6), '×2': profileOf(3, 2e6), '×4': profileOf(4, 5e6) },
  };

  it('is bold where three quarters of the rounds are above the bound', () => {
    expect(cells(growthTable([row]))).toEqual([
      ['cpu', '×1 (ms)', '×2', '×4'],
      ['SASP, by C', '2.00', '2.10 (1.90–2.20)', '**4.30** (4.10–4.40)'],
    ]);
  });

  it('tells the peaks, bold where they grow by more', () => {
    expect(cells(peakTable([row]))).toEqual([
      ['cpu: tensors / MB', '×1', '×2', '×4'],
      ['SASP, by C', '3 / 1.00', '3 / 2.00', '4 / **5.00**'],
    ]);
  });
});

describe('pythonTable', () => {
  const pytorch = {
    torch: '2',
    toploss: '0.1.0',
    python: '3',
    processor: 'a CPU',
    cases: {
      [ROW.size]: {
        rounds: 7,
        steps: 1,
        milliseconds: 0.5,
        ratios: {
          plain: { low: 1, median: 1, high: 1 },
          SASP: { low: 1, median: 1.5, high: 2 },
        },
      },
    },
  };

  it('puts ours beside it, and a dash where it was not measured', () => {
    expect(cells(pythonTable([ROW], pytorch))).toEqual([
      ['PyTorch / cpu / wasm', '16-32-4, B 32'],
      ['plain (ms)', '0.500 / 2.00 / –'],
      ['SASP', '1.50 / 1.05 / –'],
    ]);
  });
});

describe('the pages', () => {
  const { suite, size, machine } = ROW;
  const gap = { suite, backend: 'webgl', size, machine: 'Chromium', reason: 'no', failed: true };

  it('say where each backend was measured, and what was not', () => {
    const costs = costsPage([ROW, gap], undefined);
    expect(costs).toContain(`- cpu: ${machine}\n- webgl: Chromium\n`);
    expect(costs).toContain(`Not measured:\n\n- webgl, ${size}: no\n`);
    expect(costs).not.toContain('Python');
  });

  it('say it too where a suite was measured on no backend', () => {
    expect(costsPage([gap], undefined)).toContain(`- webgl, ${size}: no\n`);
  });

  it('have each suite on one of them', () => {
    const decay = { ...ROW, suite: 'decay', size: '1e+5 parameters' };
    expect(costsPage([decay], undefined)).not.toContain(decay.size);
    expect(scalingPage([decay])).toContain(decay.size);
  });
});

describe('lineOf', () => {
  it('is a row on one line', () => {
    expect(lineOf(ROW)).toBe('cpu, step, 16-32-4, B 32: plain 2.00 ms; SASP 1.05, CVP 1.02');
    expect(lineOf(COUNT)).toMatch(/^webgl, launches, 16-32-4, B 32: plain 100, SASP 94,/);
  });
});
