import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blocksOf, programsOf } from '../../src/markdown/blocks.js';
import { markdownFiles, root } from '../../src/markdown/files.js';
import { moduleOf } from './module.js';
import { run } from './run.js';
import { typeErrors } from './types.js';

// Every block of JavaScript and TypeScript in the Markdown of the repository is compiled, and run in Node.

const path = (relative: string) => fileURLToPath(new URL(relative, root));

/** Ignored by git, and where modules find what the docs depend on. */
const folder = path('apps/docs/node_modules/.blocks');

/** The address of a file, as Vite imports it. */
const addresses = join(folder, 'addresses.d.ts');

/** The folder of every package, and of what a new one is copied from. */
const packages = [
  ...readdirSync(path('packages')).map((name) => `packages/${name}`),
  'tools/template',
].filter((folder) => existsSync(path(`${folder}/package.json`)));

/** The sources of every package, and what stands in for a build and for a bundle. */
const modules = {
  ...Object.fromEntries(
    packages.map((folder) => [`@toploss/${basename(folder)}`, path(`${folder}/src/index.ts`)]),
  ),
  '@toploss/core/kit': path('packages/core/src/kit/index.ts'),
  '@toploss/core/gradients': path('apps/docs/test/given/registered-gradients.ts'),
  '@tensorflow/tfjs': path('apps/docs/test/given/tfjs.ts'),
};

const programs = markdownFiles()
  .flatMap((file) => programsOf(blocksOf(file, readFileSync(path(file), 'utf8'))))
  .map((program, k) => {
    const extension = program.language.startsWith('t') ? 'ts' : 'js';
    const name = `${program.file.replace(/\W/g, '-')}-${program.line}`;
    return { ...program, k, source: join(folder, `${name}.${extension}`), name };
  });

const built = (name: string) => join(folder, 'built', `${name}.js`);

const isRun = ({ notRun }: { notRun: string | undefined }) => notRun === undefined;

let errorsOfTypes: Map<string, string[]>;
let errorsOfRuns: Map<string, string | null>;

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const program of programs) {
    const given = await Promise.all(
      program.given.map(async (name) => {
        const file = path(`apps/docs/test/given/${name}.ts`);
        return { file, exported: Object.keys(await import(file)) };
      }),
    );
    writeFileSync(program.source, moduleOf(program, given));
  }
  const sources = programs.map(({ source }) => source);
  writeFileSync(addresses, "declare module '*?url' { const url: string; export default url; }");
  errorsOfTypes = typeErrors([...sources, addresses], modules);
  await build({
    entryPoints: sources,
    outdir: join(folder, 'built'),
    bundle: true,
    format: 'esm',
    target: 'node20',
    alias: modules,
    conditions: ['@toploss/source'],
    external: ['@tensorflow/*'],
    logLevel: 'silent',
  });
  errorsOfRuns = await run(
    folder,
    programs.filter(isRun).map(({ name }) => built(name)),
  );
}, 600_000); // for machines that are busy; a dozen seconds otherwise

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(packages)('the README of %s shows code', (folder) => {
  expect(programs.map(({ file }) => file)).toContain(`${folder}/README.md`);
});

test('what is not run needs a browser', () => {
  const notRun = programs.filter(({ notRun }) => notRun !== undefined);
  expect(notRun.map(({ file, notRun }) => `${file}: ${notRun}`)).toEqual([
    'apps/docs/pages/start.md: it wants files of the bundler',
    'apps/docs/pages/start.md: it stands in a page',
  ]);
});

test.each(programs)('$file:$line compiles', ({ source }) => {
  expect(errorsOfTypes.get(source)).toEqual([]);
});

test.each(programs.filter(isRun))('$file:$line runs', ({ name }) => {
  expect(errorsOfRuns.get(built(name))).toBeNull();
});

// All run in one process, where the first one registers the gradients for the rest; a reader has one of them.
const standsAlone = ({ given, code }: (typeof programs)[number]) =>
  given.length === 0 && code.includes("from '@tensorflow/tfjs-core'");

test.each(programs.filter(standsAlone))(
  '$file:$line brings its gradients and a backend',
  ({ code }) => {
    expect(code).toMatch(/import '@toploss\/core\/gradients'/);
    expect(code).toMatch(/'@tensorflow\/tfjs-backend-/);
  },
);
