import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commandsOf, documentedCommands, scriptOf } from '../../../tools/commands/documented.js';
import { SHORT } from '../../../tools/commands/short.js';
import { root } from '../src/markdown/files.js';

// Every command that the documentation tells a reader to type is there. `tools/commands/main.js` runs them.

test('by hand: commands, and not code', () => {
  const page = `Run \`npx -y pnpm@12.21.0 start\`, or

\`\`\`js
npx;
\`\`\`

\`\`\`
A=b npx -y pnpm@12.21.0 --filter @toploss/docs dev -x   # comment
\`\`\`
`;
  const commands = commandsOf('page.md', page);
  expect(commands.map(({ line, text }) => [line, text])).toEqual([
    [1, 'npx -y pnpm@12.21.0 start'],
    [8, 'A=b npx -y pnpm@12.21.0 --filter @toploss/docs dev -x'],
  ]);
  expect(commands.map(({ text }) => scriptOf(text))).toEqual([
    { name: 'start', args: [] },
    { name: '@toploss/docs dev', args: ['-x'] },
  ]);
});

const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(new URL(`${folder}package.json`, root), 'utf8'));
const folders = ['packages/', 'apps/', 'tools/'].flatMap((parent) =>
  readdirSync(new URL(parent, root)).map((name) => `${parent}${name}/`),
);
const manifests = ['', ...folders]
  .filter((folder) => existsSync(new URL(`${folder}package.json`, root)))
  .map(manifestOf);
const scripts = manifests.flatMap(({ name, scripts = {} }) =>
  Object.keys(scripts).map((script) => (name === 'toploss' ? script : `${name} ${script}`)),
);
const catalog = readFileSync(new URL('pnpm-workspace.yaml', root), 'utf8');

/** Commands of pnpm, which it runs instead of a script of that name. */
const SHADOWED = [
  'docs',
  'publish',
  'pack',
  'audit',
  'list',
  'init',
  'licenses',
  'deploy',
  'setup',
];

const isPackage = (name: string) =>
  manifests.some((manifest) => manifest.name === name) ||
  name === '@tensorflow/tfjs' ||
  catalog.includes(`${name}"`);

/** Whether what a command needs is there. */
function exists(command: string): boolean {
  const script = scriptOf(command);
  if (script !== undefined) {
    return scripts.includes(script.name) && !SHADOWED.includes(script.name) && script.name in SHORT;
  }
  const [program = '', ...words] = command.split(/\s+/);
  switch (program) {
    case 'npm':
      return words[0] === 'create' || words.slice(1).every(isPackage);
    case 'node':
      return /^\w+\.mjs$/.test(words[0] ?? '') || existsSync(sourceOf(words[0] ?? ''));
    case 'cd':
      return true;
    default:
      return program.startsWith('.') && existsSync(new URL(program, root));
  }
}

/** What a built file is made of. */
const sourceOf = (file: string) =>
  new URL(file.replace('/dist/', '/src/').replace(/\.js$/, '.ts'), root);

test.each(documentedCommands().map(({ file, line, text }) => [`${file}:${line}`, text] as const))(
  '%s: %s',
  (_, command) => {
    expect(exists(command)).toBe(true);
  },
);
