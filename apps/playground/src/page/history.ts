import type { Report, Scene } from '../training/messages.js';
import type { Pair } from '../training/race.js';
import type { Scores } from '../training/scores.js';

type Of<Type extends Report['type']> = Extract<Report, { type: Type }>;

/** What is known of a run so far. */
export interface History {
  readonly scores: Of<'scores'>[];
  readonly traces: Of<'traces'>[];
  landscape?: Of<'landscape'>;
  pictures?: Of<'pictures'>['pictures'];
  scene?: Scene;
}

export const emptyHistory = (): History => ({ scores: [], traces: [] });

export function record(history: History, report: Report): void {
  switch (report.type) {
    case 'scene':
      history.scene = report.scene;
      break;
    case 'scores':
      history.scores.push(report);
      break;
    case 'traces':
      history.traces.push(report);
      break;
    case 'pictures':
      history.pictures = report.pictures;
      break;
    case 'landscape':
      history.landscape = report;
      break;
  }
}

export const latest = (history: History): Pair<Scores> | undefined => history.scores.at(-1)?.scores;

export const stepOf = (history: History): number => history.scores.at(-1)?.step ?? 0;
