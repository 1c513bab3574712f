import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CHROMIUM, inChromium } from './backends/chromium.js';
import { inNode } from './backends/node.js';
import { costsPage, scalingPage } from './report/pages.js';
import type { PyTorch } from './report/pytorch.js';
import { isGap, lineOf } from './report/ratios.js';
import { asText, fileOf, merged, read } from './results.js';
import type { Measured, Plan } from './run.js';
import { BACKENDS, SUITES } from './suites.js';

const IN_NODE = ['cpu', 'wasm'];

interface Request extends Plan {
  backends: string[];
  save: boolean;
}

function request(): Request {
  const { values } = parseArgs({
    options: {
      backends: { type: 'string' },
      suites: { type: 'string', default: Object.keys(SUITES).join() },
      sizes: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
    },
  });
  const { quick, save } = values;
  const seconds = Number(values.seconds ?? (quick ? 2 : 20));
  if (!(seconds > 0)) {
    fail(`--seconds is a number above 0, not ${values.seconds}`);
  }
  if (quick && save) {
    fail('--quick leaves out too much to be saved');
  }
  return {
    backends: chosen('backends', values.backends ?? backendsHere(), BACKENDS),
    suites: chosen('suites', values.suites, Object.keys(SUITES)),
    ...(values.sizes !== undefined && { sizes: values.sizes.split(',') }),
    seconds,
    quick,
    save,
  };
}

function chosen(option: string, value: string, names: string[]): string[] {
  const unknown = value.split(',').filter((name) => !names.includes(name));
  return unknown.length > 0
    ? fail(`--${option} has ${unknown.join()}, and is some of ${names.join()}`)
    : value.split(',');
}

function backendsHere(): string {
  if (CHROMIUM !== undefined) {
    return BACKENDS.join();
  }
  console.log('No Chromium here: webgl and webgpu are left out. CHROMIUM says where it is.');
  return IN_NODE.join();
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

const { backends, save, ...plan } = request();
// What is not measured now stays as it was.
let rows = read<Measured[]>('results.json') ?? [];
for (const backend of backends) {
  const fresh = IN_NODE.includes(backend) ? inNode(backend, plan) : inChromium(backend, plan);
  for await (const row of fresh) {
    console.log(lineOf(row));
    if (isGap(row) && row.failed) {
      process.exitCode = 1;
    }
    rows = merged(rows, [row]);
    if (save) {
      writeFileSync(fileOf('results.json'), asText(rows)); // at once: all of it takes hours
    }
  }
}

const costs = costsPage(rows, read<PyTorch>('pytorch.json'));
const scaling = scalingPage(rows);
if (save) {
  writeFileSync(fileOf('README.md'), costs);
  writeFileSync(fileOf('SCALING.md'), scaling);
} else {
  console.log(`\n${costs}\n${scaling}`);
}
