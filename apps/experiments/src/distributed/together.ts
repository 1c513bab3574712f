import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { meetingPlace } from '@toploss/examples/data-parallel/all-reduce';
import type { Training } from './training.js';
import type { Member } from './worker.js';

/** More than any tensor of the network has. */
const CAPACITY = 4096;

export interface Threads {
  /** The same training in all of them, each with its share of every batch: the parameters after each step. */
  train(training: Training): Promise<number[][]>;
  close(): Promise<void>;
}

/** A worker thread for each share of the batch. */
export function threads(shares: readonly number[], worker: URL): Threads {
  const place = meetingPlace(shares.length, CAPACITY);
  const workers = shares.map((share, k) => {
    const start = shares.slice(0, k).reduce((sum, x) => sum + x, 0);
    const member: Member = { place, k, rows: { start, share } };
    return new Worker(worker, { workerData: member });
  });
  return {
    async train(training) {
      const trained = workers.map((thread) => once(thread, 'message'));
      for (const thread of workers) {
        thread.postMessage(training);
      }
      const [first, ...others] = (await Promise.all(trained)).flat() as [
        number[][],
        ...number[][][],
      ];
      if (others.some((other) => JSON.stringify(other) !== JSON.stringify(first))) {
        throw new Error('The replicas have drifted apart.');
      }
      return first;
    },
    // Also a replica that waits for one that has failed, and would wait forever.
    close: async () => {
      await Promise.all(workers.map((thread) => thread.terminate()));
    },
  };
}

/** ‖θ − θ′‖/‖θ‖ after the last step. */
export function distance(a: readonly number[][], b: readonly number[][]): number {
  const [x, y] = [a.at(-1) as number[], b.at(-1) as number[]];
  return Math.hypot(...x.map((value, k) => value - (y[k] as number))) / Math.hypot(...x);
}
