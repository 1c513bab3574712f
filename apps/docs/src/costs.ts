import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { root } from './markdown/files.js';

/** A row of tools/bench/results.json: the time of each arm as a multiple of the first one's, or the launches of each. */
interface Measured {
  suite: string;
  backend: string;
  size: string;
  ratios?: Record<string, { median: number }>;
  launches?: Record<string, number>;
}

function ratioOf({ ratios, launches, suite, size }: Measured, arm: string): number {
  const ratio = ratios?.[arm]?.median ?? Number(launches?.[arm]) / Number(launches?.plain);
  if (Number.isNaN(ratio)) {
    throw new Error(`docs: the bench has no ${arm} of ${suite}, ${size}`);
  }
  return ratio;
}

/** The tables of the pages and the paper: a suite of the bench, and the arms of it that are shown. */
const TABLES: Readonly<Record<string, { suite: string; arms: readonly string[] }>> = {
  sasp: {
    suite: 'head',
    arms: ['tf.losses', 'SASP, by operations', 'SASP, fisher', 'SASP, hessian'],
  },
  'sasp-network': {
    suite: 'network',
    arms: [
      'plain',
      'network, every 4th step',
      'network, ¼ of the batch',
      'network, all of the batch',
      'SAM',
    ],
  },
  cvp: { suite: 'step', arms: ['plain', 'CVP', 'L2'] },
  nger: { suite: 'tasks', arms: ['equal weights', 'NGER', 'NGER, ntkProxies'] },
  sbmp: { suite: 'step', arms: ['plain', 'SBMP', 'SBMP, ¼ of the batch'] },
  dmta: { suite: 'step', arms: ['plain', 'DMTA linear', 'DMTA cosine', 'DMTA cosine, forward'] },
  all: {
    suite: 'step',
    arms: [
      'plain',
      'L2',
      'SAM',
      'SASP',
      'CVP',
      'SASP + CVP',
      'SBMP',
      'SBMP, ¼ of the batch',
      'DMTA linear',
      'DMTA cosine',
    ],
  },
  launches: {
    suite: 'launches',
    arms: [
      'SASP',
      'CVP',
      'SASP + CVP',
      'SBMP, ¼ of the batch',
      'DMTA linear',
      'network, every 4th step',
      'weight noise, every 4th step',
    ],
  },
};

/** A small and a wide network, or head, so that a table fits on a page; the benchmark's page has all. */
const SIZES = ['16-32-4, B 32', '64-256-256-10, B 128', '32-4, B 32', '256-10, B 128'];

/** A table of Markdown, from what the bench has recorded: times on cpu and wasm, launches on webgl and webgpu. */
export function costTable(name: string): string {
  const table = TABLES[name];
  if (table === undefined) {
    throw new Error(`docs: there is no table of costs ${name}`);
  }
  const all: Measured[] = JSON.parse(
    readFileSync(new URL('tools/bench/results.json', root), 'utf8'),
  );
  const columns = all.filter(
    ({ suite, backend, size, launches }) =>
      suite === table.suite &&
      (launches !== undefined || ['cpu', 'wasm'].includes(backend)) &&
      SIZES.includes(size),
  );
  const rows = table.arms.map((arm) => [
    arm,
    ...columns.map((row) => ratioOf(row, arm).toFixed(2)),
  ]);
  const header = ['', ...columns.map(({ backend, size }) => `${backend}, ${size}`)];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, k) => (k === 0 ? '---' : '---:'));
  return `${[header, rule, ...rows].map(line).join('\n')}\n`;
}

export function writeCosts(folder: URL): void {
  mkdirSync(folder, { recursive: true });
  for (const name of Object.keys(TABLES)) {
    writeFileSync(new URL(`${name}.md`, folder), costTable(name));
  }
}
