// Which sources faults are put into.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A source of a package that is published, or of the template. */
const SOURCE = /^(?:packages|tools(?=\/template\/))\/(?<name>[^/]+)\/src\/.+\.ts$/;

const git = (/** @type {string[]} */ ...args) =>
  execFileSync('git', args, { encoding: 'utf8' }).split('\n').filter(Boolean);

/** The sources that differ from where this branch left `main`, committed or not. */
export function changedFiles() {
  const [base = 'main'] = git('merge-base', 'main', 'HEAD');
  const changed = git('diff', '--name-only', '--diff-filter=d', base, '--', 'packages', 'tools');
  const added = git('ls-files', '--others', '--exclude-standard', 'packages', 'tools');
  return [...changed, ...added].filter((file) => SOURCE.test(file));
}

/**
 * The files of each package: of a package's name all its sources.
 *
 * @returns {Map<string, string[]>}
 */
export function filesByPackage(/** @type {string[]} */ names) {
  /** @type {Map<string, string[]>} */
  const files = new Map();
  for (const each of names) {
    const [file, name = each] = SOURCE.exec(each) ?? [];
    const folder = name === 'template' ? 'tools/template' : `packages/${name}`;
    if (!/^[\w-]+$/.test(name) || !existsSync(file ?? `${folder}/src`)) {
      throw new Error(
        `mutation: expected the name of a package, such as sasp, or a file of its sources, such as packages/sasp/src/sasp.ts. Received: ${each}.`,
      );
    }
    const own = file ?? `${folder}/src/**/*.ts`;
    files.set(name, [...(files.get(name) ?? []), own]);
  }
  return files;
}
