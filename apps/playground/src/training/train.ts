import type { DataSet } from '../data/sets.js';
import type { Settings } from '../settings/table.js';
import type { Report } from './messages.js';
import { createRace } from './race.js';
import { scoresOf, tracesOf } from './scores.js';
import type { Tempo } from './tempo.js';
import { createViews } from './views.js';

/** How often in a run the scores are taken, and at which of these times the traces, which cost more. */
const SAMPLES = 100;
const TRACE_EVERY = 8;
const PROBES = 8;
/** Milliseconds from one picture to the next: what is drawn must not hold up the training. */
const PICTURES = 150;
const LANDSCAPE = 1000;

type Unnumbered<T> = T extends unknown ? Omit<T, 'run'> : never;
export type Tell = (report: Unnumbered<Report>) => void;

/** Trains both networks to the last step, and tells how they stand. Only the telling waits for the device. */
export async function train(
  data: DataSet,
  settings: Settings,
  tempo: Tempo,
  tell: Tell,
): Promise<void> {
  const race = createRace(data, settings);
  const views = createViews(race, data, settings.seed);
  const scores = async () =>
    tell({ type: 'scores', step: race.steps, scores: await scoresOf(race) });
  const traces = async () =>
    tell({ type: 'traces', step: race.steps, traces: await tracesOf(race, PROBES) });
  const pictures = async () => tell({ type: 'pictures', pictures: await views.pictures() });
  const landscape = async () => tell({ type: 'landscape', ...(await views.landscape()) });
  const [picturesNow, landscapeNow] = [limited(pictures, PICTURES), limited(landscape, LANDSCAPE)];

  const stride = Math.max(1, Math.floor(settings.steps / SAMPLES));
  try {
    tell({ type: 'scene', scene: views.scene });
    for (let sample = 0; !tempo.stopped; sample++) {
      const isLast = race.steps >= settings.steps;
      await scores();
      if (sample % TRACE_EVERY === 0 || isLast) {
        await traces();
      }
      const isShown = isLast || tempo.paused;
      await (isShown ? pictures() : picturesNow());
      await (isShown ? landscape() : landscapeNow());
      if (isLast) {
        tell({ type: 'finished', step: race.steps });
        return;
      }
      await tempo.turn();
      race.advance(Math.min(stride, settings.steps - race.steps));
    }
  } finally {
    views.dispose();
    race.dispose();
  }
}

/** At most once in so many milliseconds; what comes too soon is left out. */
function limited(f: () => Promise<void>, interval: number): () => Promise<void> {
  let next = 0;
  return async () => {
    if (performance.now() >= next) {
      await f();
      next = performance.now() + interval;
    }
  };
}
