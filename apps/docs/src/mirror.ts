import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, posix } from 'node:path';
import { root } from './markdown/files.js';
import { isExternal, mapLinks, onGitHub, resolve } from './markdown/links.js';

/** Pages of the site that lie elsewhere: what commands write, and READMEs. All others lie in `pages`. */
export const MIRRORED: Readonly<Record<string, string>> = {
  'apps/experiments/results/RESULTS.md': 'results',
  'apps/examples/README.md': 'examples',
  'tools/bench/README.md': 'costs',
  'tools/bench/SCALING.md': 'scaling',
};

const PAGES = 'apps/docs/pages/';

/** What the site says where a file is not there yet; whoever builds it is told as well. */
const missing = (file: string) => `# Results

The results of the experiments, [\`${file}\`](${onGitHub(file)}), are not part of the sources that this site was built
from. \`pnpm experiments\` writes them.
`;

/** Writes the pages into `folder`, with the pictures that they show; their links lead to pages, or to the repository. */
export function mirror(folder: URL): void {
  mkdirSync(new URL('pictures/', folder), { recursive: true });
  for (const [file, page] of Object.entries(MIRRORED)) {
    const source = new URL(file, root);
    if (!existsSync(source)) {
      console.warn(`docs: ${file} is not there; its page says so`);
    }
    const text = existsSync(source) ? readFileSync(source, 'utf8') : missing(file);
    const linked = mapLinks(text, (target) => {
      if (isExternal(target)) return target;
      const { path, anchor } = resolve(file, target);
      return picture(path, folder) ?? linkTo(path, anchor);
    });
    writeFileSync(new URL(`${page}.md`, folder), `---\neditLink: false\n---\n\n${linked}`);
  }
}

function linkTo(path: string, anchor: string): string {
  if (path.startsWith(PAGES)) return `../${path.slice(PAGES.length)}${anchor && `#${anchor}`}`;
  const page = MIRRORED[path] ?? MIRRORED[`${path}/README.md`];
  return page === undefined ? onGitHub(path, anchor) : `./${page}.md${anchor && `#${anchor}`}`;
}

/** Copies a picture beside the pages. */
function picture(path: string, folder: URL): string | undefined {
  if (!['.svg', '.png'].includes(extname(path)) || !existsSync(new URL(path, root))) {
    return undefined;
  }
  const copy = posix.join('pictures', basename(path));
  copyFileSync(new URL(path, root), new URL(copy, folder));
  return `./${copy}`;
}
