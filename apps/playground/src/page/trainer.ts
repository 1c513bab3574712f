import type { Settings } from '../settings/table.js';
import type { Order, Report } from '../training/messages.js';

/** The worker, as the page sees it: one run at a time. */
export interface Trainer {
  readonly paused: boolean;
  run(settings: Settings): void;
  pause(): void;
  resume(): void;
}

/** @param hear Gets the reports of the current run; what is still under way from an earlier one is dropped. */
export function createTrainer(isPaused: boolean, hear: (report: Report) => void): Trainer {
  const worker = startWorker(hear, () => run);
  const send = (order: Order) => worker.current.postMessage(order);
  let run = 0;
  let backend: Settings['backend'] | undefined;
  let paused = isPaused;
  return {
    get paused() {
      return paused;
    },
    run: (settings) => {
      // A worker of its own for each backend: nothing of the other is left behind.
      if (backend !== undefined && backend !== settings.backend) {
        worker.replace();
      }
      backend = settings.backend;
      run += 1;
      send({ type: 'run', run, settings, paused });
    },
    pause: () => {
      paused = true;
      send({ type: 'pause' });
    },
    resume: () => {
      paused = false;
      send({ type: 'resume' });
    },
  };
}

function startWorker(hear: (report: Report) => void, currentRun: () => number) {
  const start = () => {
    const worker = new Worker(new URL('../training/worker.ts', import.meta.url), {
      type: 'module',
    });
    worker.addEventListener('message', ({ data }: MessageEvent<Report>) => {
      if (data.run === currentRun()) {
        hear(data);
      }
    });
    worker.addEventListener('error', ({ message }) => {
      hear({ run: currentRun(), type: 'failed', message: message || 'The worker does not start.' });
    });
    return worker;
  };
  let current = start();
  return {
    get current() {
      return current;
    },
    replace: () => {
      current.terminate();
      current = start();
    },
  };
}
