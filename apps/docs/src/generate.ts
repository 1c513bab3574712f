import { rmSync } from 'node:fs';
import { writeReference } from './api.js';
import { writeCosts } from './costs.js';
import { writeFigures } from './figures/write.js';
import { mirror } from './mirror.js';
import { writeOptions } from './options.js';

/** Everything of the site that is not written by hand. */
const pages = new URL('../pages/', import.meta.url);
for (const folder of ['api', 'generated', 'from-repository', 'public/figures']) {
  rmSync(new URL(folder, pages), { recursive: true, force: true });
}

mirror(new URL('from-repository/', pages));
const project = await writeReference(new URL('api/', pages));
writeOptions(project, new URL('generated/options/', pages));
writeFigures(new URL('public/figures/', pages));
writeCosts(new URL('generated/costs/', pages));
