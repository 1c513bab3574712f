import '@toploss/core/gradients';
import { loadData } from '../data/load.js';
import { startBackend } from './backend.js';
import type { Order, Report, RunOrder } from './messages.js';
import { createTempo, type Tempo } from './tempo.js';
import { train } from './train.js';

let tempo = createTempo(false);
let previous = Promise.resolve();

addEventListener('message', ({ data: order }: MessageEvent<Order>) => {
  if (order.type === 'pause') {
    tempo.pause();
  } else if (order.type === 'resume') {
    tempo.resume();
  } else {
    tempo.stop();
    const own = createTempo(order.paused);
    tempo = own;
    // The run before it gives back its memory first.
    previous = previous.then(() => (own.stopped ? undefined : run(order, own)));
  }
});

async function run({ run, settings }: RunOrder, tempo: Tempo): Promise<void> {
  const tell = (report: object) => postMessage({ run, ...report } as Report);
  try {
    tell({ type: 'started', ...(await startBackend(settings.backend)) });
    await train(await loadData(settings), settings, tempo, tell);
  } catch (error) {
    tell({ type: 'failed', message: (error as Error).message });
  }
}
