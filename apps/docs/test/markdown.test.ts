import { expect, test } from 'vitest';
import { blocksOf, programsOf } from '../src/markdown/blocks.js';
import { fromGitHub, linksOf, mapLinks, resolve } from '../src/markdown/links.js';
import { moduleOf } from './blocks/module.js';

const page = `# Page

\`\`\`js
const a = 1;
\`\`\`

<!-- continues -->
\`\`\`js
const b = a;
\`\`\`

\`\`\`
npm install
\`\`\`

<!-- given: network, gradients -->
\`\`\`ts
import { c } from 'c';
use(c);
\`\`\`

<!-- compiled: it needs a page -->
\`\`\`js
document.title;
\`\`\`
`;

test('by hand: blocks, what is given, and where they are', () => {
  const blocks = blocksOf('page.md', page);
  expect(blocks.map(({ line, language }) => [line, language])).toEqual([
    [4, 'js'],
    [9, 'js'],
    [18, 'ts'],
    [24, 'js'],
  ]);
  const programs = programsOf(blocks);
  expect(programs.map(({ code }) => code)).toEqual([
    'const a = 1;\nconst b = a;\n',
    "import { c } from 'c';\nuse(c);\n",
    'document.title;\n',
  ]);
  expect(programs.map(({ given }) => given)).toEqual([[], ['network', 'gradients'], []]);
  expect(programs.map(({ notRun }) => notRun)).toEqual([undefined, undefined, 'it needs a page']);
});

test('nothing to continue is an error', () => {
  const [, second] = blocksOf('page.md', page);
  expect(() => programsOf(second ? [second] : [])).toThrow('page.md:9 continues no block');
});

test('a name of the block hides one that is given, and what is given last one before it', () => {
  const [program] = programsOf(blocksOf('page.md', page).slice(2));
  const module = moduleOf(program as NonNullable<typeof program>, [
    { file: '/first.ts', exported: ['c', 'd', 'e'] },
    { file: '/second.ts', exported: ['e'] },
  ]);
  expect(module).toContain("import { d } from '/first.js';");
  expect(module).toContain("import { e } from '/second.js';");
  expect(module).toMatch(/\{\s*use\(c\);\s*\}/);
});

test('a diff is the code that it leads to', () => {
  const [block] = blocksOf('page.md', '```diff\n-old;\n+f();\n\n g();\n```\n');
  expect(block?.language).toBe('js');
  expect(block?.code).toBe('f();\n\ng();\n');
});

test('links, and not what looks like one in code', () => {
  const text =
    'A [page](a.md#b), a picture [![alt](c.svg)](d), `x[0](y)`.\n\n```js\nf[k](z)\n```\n';
  expect(linksOf(text)).toEqual(['a.md#b', 'c.svg', 'd']);
  expect(mapLinks('[a](b)', (target) => `${target}.md`)).toBe('[a](b.md)');
  expect(resolve('docs/a.md', '../bench#c')).toEqual({ path: 'bench', anchor: 'c' });
  expect(resolve('docs/a.md', '#c')).toEqual({ path: 'docs/a.md', anchor: 'c' });
  expect(fromGitHub('https://github.com/toploss/toploss/blob/main/docs/a.md#b')).toBe('docs/a.md');
  expect(fromGitHub('https://example.org/blob/main/a')).toBeUndefined();
});
