import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { progress } from '@toploss/examples/progress';
import type { Result, Setting } from './run.js';

/**
 * The results of many settings, in their order, computed by a worker for each core. What the file has is not
 * computed again, so that an interrupted series goes on where it stopped.
 */
export async function runAll(
  what: string,
  settings: readonly Setting[],
  file: string,
): Promise<Result[]> {
  const results = new Map<string, Result>(
    existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [],
  );
  const wanted = new Map(settings.map((setting) => [keyOf(setting), setting]));
  const missing = [...wanted].flatMap(([key, setting]) => (results.has(key) ? [] : setting));
  const bar = progress(what, missing.length);
  mkdirSync(dirname(file), { recursive: true });

  let next = 0;
  let written = Date.now();
  const save = () => writeFileSync(file, `${serialize(results)}\n`);
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('./worker.js', import.meta.url));
      const assign = () => {
        const setting = missing[next++];
        if (setting === undefined) {
          worker.postMessage('stop');
        } else {
          worker.postMessage(setting);
        }
      };
      worker
        .on('message', ({ setting, result }: { setting: Setting; result: Result }) => {
          results.set(keyOf(setting), result);
          bar.advance();
          if (Date.now() - written > 10_000) {
            save();
            written = Date.now();
          }
          assign();
        })
        .on('error', reject)
        .on('exit', () => resolve());
      assign();
    });
  if (missing.length > 0) {
    await Promise.all(
      Array.from({ length: Math.min(availableParallelism(), missing.length) }, work),
    );
    save();
  }
  bar.stop();
  return settings.map((setting) => results.get(keyOf(setting)) as Result);
}

const keyOf = (setting: Setting): string => JSON.stringify(setting);

/** In the order of the keys, whichever worker was first; five digits are more than the seeds agree on. */
function serialize(results: ReadonlyMap<string, Result>): string {
  const entries = [...results].sort(([a], [b]) => (a < b ? -1 : 1));
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
  return `[\n${entries.map((entry) => JSON.stringify(entry, rounded)).join(',\n')}\n]`;
}
