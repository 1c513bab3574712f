import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CHROMIUM, inChromium } from './backends/chromium.js';
import { inNode } from './backends/node.js';
import { costsPage, scalingPage } from './report/pages.js';
import type { PyTorch } from './report/pytorch.js';
import { isGap, lineOf } from './report/ratios.js';
import { asText, fileOf, merged, read } from './results.js';
import type { Measured } from './run.js';
import { BACKENDS, SUITES } from './suites.js';

const IN_NODE = ['cpu', 'wasm'];

const { values } = parseArgs({
  options: {
    backends: { type: 'string' },
    suites: { type: 'string', default: Object.keys(SUITES).join() },
    seconds: { type: 'string', default: '20' },
    save: { type: 'boolean', default: false },
  },
});

function chosen(option: string, value: string, names: string[]): string[] {
  const unknown = value.split(',').filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    console.error(`--${option} has ${unknown.join()}, and is some of ${names.join()}`);
    process.exit(1);
  }
  return value.split(',');
}

function defaultBackends(): string {
  if (CHROMIUM === undefined) {
    console.log('No Chromium here: webgl and webgpu are left out. CHROMIUM says where it is.');
  }
  return (CHROMIUM === undefined ? IN_NODE : BACKENDS).join();
}

const backends = chosen('backends', values.backends ?? defaultBackends(), BACKENDS);
const plan = {
  suites: chosen('suites', values.suites, Object.keys(SUITES)),
  seconds: Number(values.seconds),
};
if (!(plan.seconds > 0)) {
  console.error(`--seconds is a number above 0, not ${values.seconds}`);
  process.exit(1);
}

const fresh: Measured[] = [];
for (const backend of backends) {
  const rows = IN_NODE.includes(backend) ? inNode(backend, plan) : inChromium(backend, plan);
  for await (const row of rows) {
    fresh.push(row);
    console.log(lineOf(row));
  }
}

// What was not measured now stays as it was.
const rows = merged(read<Measured[]>('results.json') ?? [], fresh);
const costs = costsPage(rows, read<PyTorch>('pytorch.json'));
const scaling = scalingPage(rows);
if (values.save) {
  writeFileSync(fileOf('results.json'), asText(rows));
  writeFileSync(fileOf('README.md'), costs);
  writeFileSync(fileOf('SCALING.md'), scaling);
} else {
  console.log(`\n${costs}\n${scaling}`);
}
if (fresh.some((row) => isGap(row) && row.failed)) {
  process.exitCode = 1;
}
