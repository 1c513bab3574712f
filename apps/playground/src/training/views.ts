import * as tf from '@tensorflow/tfjs-core';
import type { DataSet } from '../data/sets.js';
import { directionOf, slice } from './landscape.js';
import type { Scene } from './messages.js';
import { boundary, grid, predictions } from './pictures.js';
import type { Pair, Race } from './race.js';

const GRID = 64;
const IMAGES = 64;
const TS = Array.from({ length: 25 }, (_, k) => (k - 12) / 12);

/** What is drawn of both networks, next to their numbers. */
export interface Views {
  readonly scene: Scene;
  pictures(): Promise<Pair<Float32Array> | Pair<Int32Array>>;
  landscape(): Promise<{ ts: readonly number[]; losses: Pair<readonly number[]> }>;
  dispose(): void;
}

export function createViews(race: Race, data: DataSet, seed: number): Views {
  const isPlane = data.dimension === 2;
  const points = isPlane ? grid(GRID) : tf.slice(race.test.x, 0, IMAGES);
  const direction = directionOf(race.arms[0].network, seed);
  const both = async <T>(view: (arm: Race['arms'][number]) => Promise<T>): Promise<Pair<T>> => [
    await view(race.arms[0]),
    await view(race.arms[1]),
  ];
  return {
    scene: isPlane ? data.training : firstOf(data, IMAGES),
    pictures: () =>
      isPlane
        ? both(({ network }) => boundary(network, points))
        : both(({ network }) => predictions(network, points)),
    landscape: async () => ({
      ts: TS,
      losses: await both(({ network }) => slice(network, race.training, direction, TS)),
    }),
    dispose: () => tf.dispose([points, direction]),
  };
}

const firstOf = ({ test, dimension }: DataSet, count: number): Scene => ({
  inputs: test.inputs.slice(0, count * dimension),
  labels: test.labels.slice(0, count),
  truth: test.truth.slice(0, count),
});
