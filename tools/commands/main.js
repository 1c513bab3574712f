// Runs the documented commands in a fresh clone, each in its short form: `node tools/commands/main.js [NAME…]`.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentedCommands, scriptOf } from './documented.js';
import { SHORT } from './short.js';

const wanted = process.argv.slice(2);
const documented = new Set(documentedCommands().flatMap(({ text }) => scriptOf(text)?.name ?? []));
const { packageManager } = JSON.parse(readFileSync('package.json', 'utf8'));
const LIMIT = 10 * 60_000;

const clone = mkdtempSync(join(tmpdir(), 'toploss-clone-'));
let failed = 0;
try {
  execFileSync('git', ['clone', '-q', '.', clone]);
  copyUncommitted();
  for (const [name, how] of Object.entries(SHORT)) {
    if (
      'elsewhere' in how ||
      !documented.has(name) ||
      (wanted.length > 0 && !wanted.includes(name))
    ) {
      continue;
    }
    const start = performance.now();
    const error = await tried(name, how);
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(`${error === undefined ? 'works' : 'FAILS'}: ${name}, ${seconds} s`);
    if (error !== undefined) {
      console.log(error);
      failed += 1;
    }
  }
} finally {
  rmSync(clone, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);

/** What is in the checkout and not in its last commit. */
function copyUncommitted() {
  const list = execFileSync('git', ['ls-files', '-mo', '--exclude-standard'], { encoding: 'utf8' });
  const deleted = execFileSync('git', ['ls-files', '-d'], { encoding: 'utf8' }).split('\n');
  for (const file of list.split('\n').filter((path) => path !== '' && !deleted.includes(path))) {
    cpSync(file, join(clone, file), { recursive: true });
  }
  for (const file of deleted.filter(Boolean)) {
    rmSync(join(clone, file), { force: true });
  }
}

/**
 * Runs a command to its end, or until the page that it serves has answered.
 *
 * @type {(name: string, how: { args: string[], serves?: true }) => Promise<string | undefined>} What went wrong.
 */
async function tried(name, { args, serves }) {
  const words = name.startsWith('@') ? ['--filter', ...name.split(' ')] : [name];
  const child = spawn('npx', ['-y', packageManager, ...words, ...args], {
    cwd: clone,
    detached: true, // a group of its own, so that what it starts ends with it
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  /** @type {Promise<string | undefined>} */
  const result = new Promise((resolve) => {
    const limit = setTimeout(() => resolve(`takes longer than ${LIMIT / 1000} s`), LIMIT);
    limit.unref();
    child.on('error', (error) => resolve(String(error)));
    child.on('close', (status) =>
      resolve(status === 0 && !serves ? undefined : `ended with status ${status}`),
    );
    const read = (/** @type {Buffer} */ chunk) => {
      output += chunk;
      const [address] = /http:\/\/localhost:\d+\S*/.exec(withoutColors(output)) ?? [];
      if (serves && address !== undefined) {
        fetch(address).then(
          ({ ok, status }) => resolve(ok ? undefined : `${address} answers ${status}`),
          (error) => resolve(`${address}: ${error}`),
        );
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
  const error = await result;
  if (child.exitCode === null && child.pid !== undefined) {
    process.kill(-child.pid);
  }
  return error && `${error}\n${output.slice(-3000)}`;
}

/** @type {(text: string) => string} */
function withoutColors(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a color is
  return text.replace(/\u001b\[[\d;]*m/g, '');
}
