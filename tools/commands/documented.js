// The commands that the Markdown files of the repository tell a reader to type.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * @typedef {{ file: string, line: number, text: string }} Command
 * @typedef {{ name: string, args: string[] }} Script A script of the root, or `PACKAGE SCRIPT`.
 */

const { packageManager } = JSON.parse(readFileSync('package.json', 'utf8'));

/** How the documentation calls a script of the repository. */
const CALL = `npx -y ${packageManager} `;

/** A block of any language, so that what lies between two blocks is not taken for one; or code within a line. */
const code = /^```(?<language>\w*)\n(?<block>.*?)^```$|`(?<inline>(?:npx|node|\.ci\/)[^`\n]*)`/gms;

/** @returns {Command[]} */
export function documentedCommands() {
  const list = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
    encoding: 'utf8',
  });
  const files = list.split('\n').filter((file) => file !== '' && !file.includes('CHANGELOG'));
  return files.flatMap((file) => commandsOf(file, readFileSync(file, 'utf8')));
}

/** @type {(file: string, text: string) => Command[]} */
export function commandsOf(file, text) {
  return [...text.matchAll(code)].flatMap(({ index, groups = {} }) => {
    const { language, block, inline = '' } = groups;
    const line = text.slice(0, index).split('\n').length;
    const lines =
      block === undefined ? [inline] : language === '' ? ['', ...block.split('\n')] : [];
    return lines
      .map((command, k) => ({ file, line: line + k, text: command.replace(/\s+#.*$/, '').trim() }))
      .filter((command) => command.text !== '');
  });
}

/** @type {(command: string) => Script | undefined} What a command calls, if that is a script of the repository. */
export function scriptOf(command) {
  const call = command.replace(/^(\w+=\S+ )+/, ''); // variables of the environment
  if (!call.startsWith(CALL)) return undefined;
  const words = call.slice(CALL.length).split(/\s+/);
  const count = words[0] === '--filter' ? 3 : 1;
  return { name: words.slice(0, count).slice(-2).join(' '), args: words.slice(count) };
}
