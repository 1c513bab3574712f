import { availableParallelism } from 'node:os';
import { Tinypool } from 'tinypool';
import type { Measurements } from '../study.js';
import { progress } from './progress.js';
import { keyOf, type Store } from './store.js';
import type { Run } from './worker.js';

export interface Runner {
  /** Of the store, or of a worker. */
  run(run: Run): Promise<Measurements>;
  close(): Promise<void>;
}

/** Worker threads, one for each core, that do what the store does not have. A run that is asked for twice is done once. */
export function runner(what: string, store: Store, threads = availableParallelism()): Runner {
  const pool = new Tinypool({
    filename: new URL('./worker.js', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    isolateWorkers: false,
  });
  const bar = progress(what, 0);
  const begun = new Map<string, Promise<Measurements>>();
  const compute = async (key: string, run: Run) => {
    bar.expect(1);
    const measured = store.set(key, await pool.run(run));
    bar.advance();
    return measured;
  };
  return {
    run(run) {
      const key = keyOf({ ...run });
      const known = store.get(key);
      const running = known ? Promise.resolve(known) : (begun.get(key) ?? compute(key, run));
      begun.set(key, running);
      return running;
    },
    async close() {
      bar.stop();
      await pool.destroy();
    },
  };
}
