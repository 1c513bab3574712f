// What was found wrong, and how long the parts took: for the end of the output, where it is read.
import { spawnSync } from 'node:child_process';

/** @type {string[]} */
const problems = [];
/** @type {string[]} */
const times = [];

/** @type {(text: string) => void} */
export function problem(text) {
  console.error(`!!! ${text}`);
  problems.push(text);
}

/** A command that has to succeed. @type {(folder: string, command: string) => void} */
export function run(folder, command) {
  console.log(`\n$ ${command}`);
  const { status } = spawnSync(command, { cwd: folder, shell: true, stdio: 'inherit' });
  if (status !== 0) problem(command);
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
