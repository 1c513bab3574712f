import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '@toploss/examples/backend';
import { table } from '@toploss/examples/table';
import { type Measurement, measure } from './measure.js';
import { armsOf, METHODS, SIZES } from './networks.js';

const { values } = parseArgs({
  options: {
    backends: { type: 'string', default: 'cpu,wasm' },
    seconds: { type: 'string', default: '20' },
    sizes: { type: 'string', default: SIZES.map((_, k) => k).join() },
    save: { type: 'boolean', default: false },
  },
});

interface Row extends Measurement {
  backend: string;
  size: string;
}

const rows: Row[] = [];
for (const backend of values.backends.split(',')) {
  await useBackend(backend);
  for (const size of SIZES.filter((_, k) => values.sizes.split(',').includes(String(k)))) {
    tf.engine().startScope();
    const name = `${size.widths.join('-')}, B ${size.batch}`;
    const row = { backend, size: name, ...measure(armsOf(size), Number(values.seconds)) };
    tf.engine().endScope();
    tf.disposeVariables();
    rows.push(row);
    console.log(describe([row]).split('\n').at(-1));
  }
}

function describe(measured: readonly Row[]): string {
  const names = Object.keys(METHODS).slice(1);
  return table(
    ['', 'plain (ms)', ...names],
    measured.map(({ backend, size, milliseconds, ratios }) => [
      `${backend}, ${size}`,
      (milliseconds / 4).toFixed(2),
      ...names.map((name) => {
        const { median, low, high } = ratios[name] as Measurement['ratios'][string];
        return `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
      }),
    ]),
  );
}

const page = `# Cost of a training step

\`npx -y pnpm@12.21.0 bench --save\` wrote this page: whole steps with Adam, in interleaved rounds of four steps; the median
and the quartiles over the rounds of the ratio to the plain step in the same round. ${cpus()[0]?.model ?? 'CPU'}, Node ${process.versions.node}, tfjs ${tf.version_core}.

${describe(rows)}
`;
console.log(`\n${page}`);
if (values.save) {
  const file = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
  writeFileSync(file('results.json'), `${JSON.stringify(rows, null, 1)}\n`);
  writeFileSync(file('README.md'), page);
}
