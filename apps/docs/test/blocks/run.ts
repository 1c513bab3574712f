import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Imports one after the other, and says of each what it has thrown. No variable lives on under its name. */
const runner = `
import * as tf from '@tensorflow/tfjs-core';
for (const file of process.argv.slice(2)) {
  const error = await import(file).then(() => null, (thrown) => String(thrown?.stack ?? thrown));
  process.send({ file, error });
  tf.disposeVariables();
}
process.disconnect();
`;

/** Runs modules in one process of Node, in a row; what each has thrown, `null` for nothing. */
export async function run(folder: string, files: readonly string[]) {
  const script = join(folder, 'runner.mjs');
  writeFileSync(script, runner);
  const errors = new Map<string, string | null>(
    files.map((file) => [file, 'the process ended before']),
  );
  await new Promise<void>((resolve) => {
    const child = fork(script, [...files], { stdio: 'ignore', execArgv: [] });
    child.on('message', ({ file, error }: { file: string; error: string | null }) => {
      errors.set(file, error);
    });
    child.on('close', () => resolve());
  });
  return errors;
}
