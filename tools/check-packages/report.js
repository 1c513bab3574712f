// What was found wrong, and how long the parts took: for the end of the output, where it is read.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** @type {string[]} */
const problems = [];
/** @type {string[]} */
const times = [];

/** @type {(text: string) => void} */
export function problem(text) {
  console.error(`!!! ${text}`);
  problems.push(text);
}

let free = availableParallelism();
/** @type {(() => void)[]} */
const waiting = [];

/**
 * A command that has to succeed, within some seconds. As many run at once as there are cores; what one prints stands
 * together.
 *
 * @type {(folder: string, command: string, seconds?: number) => Promise<void>}
 */
export async function run(folder, command, seconds = 300) {
  if (free === 0) await new Promise((resolve) => waiting.push(() => resolve(undefined)));
  else free--;
  const { code, output } = await ended(folder, command, seconds);
  const next = waiting.shift();
  if (next) next();
  else free++;
  console.log(`\n$ ${command}\n${output}`);
  if (code === null) problem(`killed, at the latest after ${seconds} s: ${command}`);
  else if (code !== 0) problem(command);
}

/** @type {(folder: string, command: string, seconds: number) => Promise<{ code: number | null, output: string }>} */
function ended(folder, command, seconds) {
  // A group of its own, so that what the shell has started ends with it.
  const child = spawn(command, { cwd: folder, shell: true, detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const limit = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), 1000 * seconds);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(limit);
      resolve({ code, output });
    });
  });
}

/** @type {(name: string, check: () => unknown) => Promise<void>} */
export async function part(name, check) {
  console.log(`\n--- ${name}`);
  const start = performance.now();
  try {
    await check();
  } catch (error) {
    problem(`${name}: ${error}`);
  }
  times.push(`${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s  ${name}`);
}

export function summarize() {
  console.log(`\n${times.join('\n')}`);
  for (const text of problems) console.error(`failed: ${text}`);
  process.exitCode = problems.length && 1;
}
