import type { Settings } from '../settings/table.js';
import type { Pair } from './race.js';
import type { Scores } from './scores.js';

export type BackendName = Settings['backend'];

/** A run replaces the one before it. */
export interface RunOrder {
  readonly type: 'run';
  readonly run: number;
  readonly settings: Settings;
  readonly paused: boolean;
}

/** From the page to the worker. */
export type Order = RunOrder | { readonly type: 'pause' } | { readonly type: 'resume' };

/** Points of the plane or images, as the page draws them. */
export interface Scene {
  readonly inputs: Float32Array;
  readonly labels: readonly number[];
  readonly truth: readonly number[];
}

/** From the worker to the page. Each tells of the run that it belongs to. */
export type Report = { run: number } /** Why it is not the wanted backend; empty where it is. */ & (
  | { type: 'started'; backend: BackendName; fallback: string }
  | { type: 'scene'; scene: Scene }
  | { type: 'scores'; step: number; scores: Pair<Scores> }
  | { type: 'traces'; step: number; traces: Pair<number> }
  /** Of the plane: the probability of class 1 on a square grid. Of digits: the class of each image of the scene. */
  | { type: 'pictures'; pictures: Pair<Float32Array> | Pair<Int32Array> }
  | { type: 'landscape'; ts: readonly number[]; losses: Pair<readonly number[]> }
  | { type: 'finished'; step: number }
  | { type: 'failed'; message: string }
);
