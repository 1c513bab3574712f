import type { State } from './bar.js';
import { type History, latest, stepOf } from './history.js';

/** How a run stands, in a sentence. */
export function summary(history: History, steps: number, state: State): string {
  const scores = latest(history);
  if (scores === undefined || state === 'Starting') {
    return `${state}.`;
  }
  const [plain, penalized] = scores.map(({ accuracy }) => `${(100 * accuracy).toFixed(1)} %`);
  const at = `step ${stepOf(history).toLocaleString('en')} of ${steps.toLocaleString('en')}`;
  return `${state}, ${at}. Test accuracy: plain ${plain}, with penalties ${penalized}.`;
}
