import { execFileSync } from 'node:child_process';

/** The root of the repository. */
export const root = new URL('../../../../', import.meta.url);

/** Every Markdown file of the repository, with those that are new, without those that are generated. */
export function markdownFiles(): string[] {
  const options = ['--cached', '--others', '--exclude-standard'];
  const list = execFileSync('git', ['ls-files', ...options, '*.md'], {
    cwd: root,
    encoding: 'utf8',
  });
  return list.split('\n').filter(Boolean);
}
