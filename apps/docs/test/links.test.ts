import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { markdownFiles, root } from '../src/markdown/files.js';
import { fromGitHub, isExternal, linksOf, resolve } from '../src/markdown/links.js';
import { MIRRORED } from '../src/mirror.js';

// Links of the Markdown files, and the headings that they name. vitepress checks the pages against each other once
// more, with those that are generated; what lies outside is not visited.

/** Written by commands, and not always there. */
const WRITTEN = Object.keys(MIRRORED);
const GENERATED = /^apps\/docs\/pages\/(api|generated|from-repository|public\/figures)(\/|$)/;

const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const files = markdownFiles();

/** The anchors of a file, as GitHub and vitepress make them of its headings. */
const slug = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .replace(/\s/g, '-');
const anchors = (path: string) =>
  new Set([...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => slug(heading)));

/** What a link of a file leads to, if it is wrong. */
function broken(file: string, target: string): string | undefined {
  if (isExternal(target)) {
    const inside = fromGitHub(target);
    return URL.canParse(target) && (inside === undefined || existsSync(new URL(inside, root)))
      ? undefined
      : target;
  }
  const isPage = file.startsWith('apps/docs/pages/');
  const from = isPage && target.startsWith('/') ? 'apps/docs/pages/public/x' : file;
  const { path, anchor } = resolve(from, target.replace(/^\//, ''));
  if (GENERATED.test(path) || WRITTEN.includes(path)) return undefined;
  if (!existsSync(new URL(path, root))) return target;
  const page = path.endsWith('.md') ? path : `${path}/README.md`; // what GitHub shows of a folder
  return anchor === '' || anchors(page).has(anchor) ? undefined : target;
}

test.each(files)('%s', (file) => {
  expect(linksOf(read(file)).filter((target) => broken(file, target))).toEqual([]);
});
