import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '@toploss/examples/backend';
import type { PyTorch } from './pytorch.js';
import { ratioTable, report } from './report.js';
import { type Row, run } from './run.js';
import { SUITES } from './suites.js';

const { values } = parseArgs({
  options: {
    backends: { type: 'string', default: 'cpu,wasm' },
    suites: { type: 'string', default: Object.keys(SUITES).join() },
    seconds: { type: 'string', default: '20' },
    save: { type: 'boolean', default: false },
  },
});

const file = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const read = <T>(name: string): T | undefined =>
  existsSync(file(name)) ? (JSON.parse(readFileSync(file(name), 'utf8')) as T) : undefined;

const suites = values.suites.split(',');
const backends = values.backends.split(',');
const unknown = suites.filter((suite) => !Object.hasOwn(SUITES, suite));
if (unknown.length > 0) {
  console.error(`--suites has ${unknown.join()}, and is some of ${Object.keys(SUITES).join()}`);
  process.exit(1);
}
/** What is not measured now stays as it was. */
const rows = (read<Row[]>('results.json') ?? []).filter(
  ({ suite, backend }) => !(suites.includes(suite) && backends.includes(backend)),
);

for (const backend of backends) {
  await useBackend(backend);
  for (const suite of suites) {
    for await (const row of run(suite, Number(values.seconds))) {
      rows.push(row);
      console.log(ratioTable([row]).split('\n').at(-1));
    }
  }
}

const machine = `${cpus()[0]?.model ?? 'CPU'}, Node ${process.versions.node}, tfjs ${tf.version_core}`;
const page = report(rows, read<PyTorch>('pytorch.json'), machine);
console.log(`\n${page}`);
if (values.save) {
  writeFileSync(file('results.json'), `${JSON.stringify(rows, null, 1)}\n`);
  writeFileSync(file('README.md'), page);
}
