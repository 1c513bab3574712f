import { posix } from 'node:path';

const repository = 'https://github.com/toploss/toploss';

/** `f` on every target of a link or an image, outside of code. */
export function mapLinks(text: string, f: (target: string) => string): string {
  return text
    .split(/(^ {0,3}```.*?^ {0,3}```$|`[^`\n]*`)/ms)
    .map((part, k) =>
      k % 2 === 1 ? part : part.replace(/\]\(([^)\s]+)\)/g, (_, target) => `](${f(target)})`),
    )
    .join('');
}

/** All targets of links and images, outside of code. */
export function linksOf(text: string): string[] {
  const targets: string[] = [];
  mapLinks(text, (target) => {
    targets.push(target);
    return target;
  });
  return targets;
}

export const isExternal = (target: string) => /^[a-z]+:/.test(target);

/** What a link of a file of the repository leads to, from the root, and the heading there. */
export function resolve(file: string, target: string): { path: string; anchor: string } {
  const [relative = '', anchor = ''] = target.split('#');
  const path = relative === '' ? file : posix.join(posix.dirname(file), relative);
  return { path: path.replace(/\/$/, ''), anchor };
}

/** The address of a file or a folder of the repository. */
export const onGitHub = (path: string, anchor = '') =>
  `${repository}/${posix.extname(path) ? 'blob' : 'tree'}/main/${path}${anchor && `#${anchor}`}`;

/** The path in the repository that an address is of. */
export const fromGitHub = (address: string): string | undefined =>
  address.startsWith(`${repository}/`)
    ? /\/(?:blob|tree)\/main\/([^#]+)/.exec(address)?.[1]
    : undefined;
