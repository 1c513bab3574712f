import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '@toploss/examples/backend';
import { table } from '@toploss/examples/table';
import { type Measurement, measure } from './measure.js';
import { SUITES } from './suites.js';

const { values } = parseArgs({
  options: {
    backends: { type: 'string', default: 'cpu,wasm' },
    suites: { type: 'string', default: Object.keys(SUITES).join() },
    seconds: { type: 'string', default: '20' },
    save: { type: 'boolean', default: false },
  },
});

interface Row extends Measurement {
  suite: string;
  backend: string;
  size: string;
}

const results = fileURLToPath(new URL('../results.json', import.meta.url));
const suites = values.suites.split(',');
/** Suites that are not measured now stay as they were. */
const rows: Row[] = (JSON.parse(readFileSync(results, 'utf8')) as Row[]).filter(
  ({ suite }) => !suites.includes(suite),
);

for (const backend of values.backends.split(',')) {
  await useBackend(backend);
  for (const suite of suites) {
    const { cases, steps } = SUITES[suite] as (typeof SUITES)[string];
    for (const [size, arms] of Object.entries(cases)) {
      tf.engine().startScope();
      const measured = measure(arms(), Number(values.seconds));
      tf.engine().endScope();
      tf.disposeVariables();
      rows.push({ suite, backend, size, ...measured });
      console.log(describe(suite, rows.slice(-1), steps).split('\n').at(-1));
    }
  }
}

/** @param steps How many steps a sample is. */
function describe(suite: string, measured: readonly Row[], steps: number): string {
  const [first = '', ...others] = Object.keys(measured[0]?.ratios ?? {});
  return table(
    [suite, `${first} (ms)`, ...others],
    measured.map(({ backend, size, milliseconds, ratios }) => [
      `${backend}, ${size}`,
      (milliseconds / steps).toFixed(2),
      ...others.map((name) => {
        const { median, low, high } = ratios[name] as Measurement['ratios'][string];
        return `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
      }),
    ]),
  );
}

const sections = Object.entries(SUITES).flatMap(([suite, { title, notes, steps }]) => {
  const measured = rows.filter((row) => row.suite === suite);
  return measured.length === 0
    ? []
    : [`## ${title}\n\n${describe(suite, measured, steps)}\n\n${notes}`];
});
const page = `# Costs

\`npx -y pnpm@12.21.0 bench --save\` wrote this page: interleaved rounds, each arm once in a round; the median and the
quartiles over the rounds of the ratio to the first arm in the same round. ${cpus()[0]?.model ?? 'CPU'}, Node ${process.versions.node}, tfjs ${tf.version_core}.

${sections.join('\n\n')}
`;
console.log(`\n${page}`);
if (values.save) {
  writeFileSync(results, `${JSON.stringify(rows, null, 1)}\n`);
  writeFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), page);
}
