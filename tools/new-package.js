// Makes packages/NAME, a penalty that works, from tools/template.
import { execSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';

const TEMPLATE = 'template';
const origin = `tools/${TEMPLATE}`;

/** @type {(message: string) => never} */
function refuse(message) {
  console.error(message);
  process.exit(1);
}

const [name = '', ...rest] = process.argv.slice(2);
const folder = join('packages', name);
if (rest.length > 0 || !/^[a-z][a-z0-9]*$/.test(name)) {
  refuse(
    'npx -y pnpm@12.21.0 new-package NAME, with a NAME of small letters and digits, which becomes a function.',
  );
}
if (existsSync(folder)) {
  refuse(`${folder} exists.`);
}
const source = readFileSync(join(origin, 'src', `${TEMPLATE}.ts`), 'utf8');
if (source.match(/\w+/g)?.includes(name) || isReserved(name)) {
  refuse(`${name} is a word of the language, or of the template; take another.`);
}

/** @type {(word: string) => boolean} */
function isReserved(word) {
  try {
    new Script(`'use strict'; const ${word} = 0;`);
    return false;
  } catch {
    return true;
  }
}

const left = ['node_modules', 'dist', '.turbo'];
cpSync(origin, folder, {
  recursive: true,
  filter: (source) => !left.includes(basename(source)),
});

/** @type {(word: string) => string} */
const capitalized = (word) => word.charAt(0).toUpperCase() + word.slice(1);
/** @type {(text: string) => string} */
const renamed = (text) =>
  text
    .replaceAll(origin, folder)
    .replaceAll(TEMPLATE, name)
    .replaceAll(capitalized(TEMPLATE), capitalized(name));

for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (entry.isFile()) {
    const path = join(entry.parentPath, entry.name);
    writeFileSync(path, renamed(readFileSync(path, 'utf8')));
    renameSync(path, join(dirname(path), renamed(entry.name)));
  }
}

const manifest = join(folder, 'package.json');
const { private: _, ...published } = JSON.parse(readFileSync(manifest, 'utf8'));
writeFileSync(manifest, `${JSON.stringify(published, null, 2)}\n`);
writeFileSync(
  join('.changeset', `${name}.md`),
  `---\n'@toploss/${name}': minor\n---\n\nFirst release.\n`,
);

execSync(`biome check --write ${folder}`); // imports are in the order of their names

const parts = {
  [`src/${name}.ts`]: 'the formula, its gradient, its term',
  [`test/${name}.test.ts`]: 'numbers by hand',
  'test/calls.ts': 'how to draw inputs: the contract and the laws find it',
  'test/consumer.mts': 'an app that uses each export',
  'README.md, package.json': 'what it is, in words',
};
const width = Math.max(...Object.keys(parts).map(({ length }) => length));
const lines = Object.entries(parts).map(([file, what]) => `  ${file.padEnd(width)}  ${what}`);
console.log(`${folder} is a package that works: the squared length of the logits, under its new name.

${lines.join('\n')}

.changeset/${name}.md announces its release. CONTRIBUTING.md, "A penalty", says what to do with each, in this order.`);
