import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { calibration } from './studies/calibration.js';
import { convolutions } from './studies/convolutions.js';

const STUDIES = [calibration, convolutions];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
});
const unknown = positionals.find((name) => !STUDIES.some((study) => study.name === name));
if (unknown !== undefined) {
  console.error(
    `No experiment ${unknown}. There are: ${STUDIES.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(1);
}

for (const { name, report } of STUDIES) {
  if (positionals.length === 0 || positionals.includes(name)) {
    const page = await report(values.quick);
    const folder = new URL('../results/', import.meta.url);
    const file = fileURLToPath(new URL(`${name}${values.quick ? '-quick' : ''}.md`, folder));
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, `${page}\n`);
    console.log(`${page}\n\nWritten to ${relative(process.cwd(), file)}`);
  }
}
