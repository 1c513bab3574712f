import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { root } from './markdown/files.js';

/** A row of tools/bench/results.json: the time of each arm as a multiple of the first one's. */
interface Measured {
  suite: string;
  backend: string;
  size: string;
  ratios: Record<string, { median: number }>;
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
};

/** A small and a wide network, or head, so that a table fits on a page; the benchmark's page has all. */
const SIZES = ['16-32-4, B 32', '64-256-256-10, B 128', '32-4, B 32', '256-10, B 128'];

/** A table of Markdown for cpu and wasm, from what the bench has recorded. */
export function costTable(name: string): string {
  const table = TABLES[name];
  if (table === undefined) {
    throw new Error(`docs: there is no table of costs ${name}`);
  }
  const all: Measured[] = JSON.parse(
    readFileSync(new URL('tools/bench/results.json', root), 'utf8'),
  );
  const columns = all.filter(
    ({ suite, backend, size }) =>
      suite === table.suite && ['cpu', 'wasm'].includes(backend) && SIZES.includes(size),
  );
  const rows = table.arms.map((arm) => [
    arm,
    ...columns.map(({ ratios, size }) => {
      const ratio = ratios[arm];
      if (ratio === undefined) {
        throw new Error(`docs: the bench has no ${arm} of ${table.suite}, ${size}`);
      }
      return ratio.median.toFixed(2);
    }),
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
