import type * as tf from '@tensorflow/tfjs-core';
import { reject } from '@toploss/core/kit';
import { again } from './again.js';
import { Draws } from './draws.js';
import { described, type Layer, type TrainedModel, where, withInner } from './model.js';
import { overriding } from './override.js';

/** What a layer, or at the end the loss, made in a pass, and how many new random numbers it drew. */
interface LayerResult {
  readonly by: string;
  readonly values: number[];
  readonly draws: number;
}

/**
 * Throws unless every layer makes the same of a batch twice. The outputs of the model alone would not show it: a later
 * kernel of zeros hides noise.
 *
 * @param isSilent Whether the loss does not matter.
 */
export function checkRepeats(model: TrainedModel, batch: tf.Tensor[], isSilent: boolean): void {
  const draws = new Draws();
  const [first, second] = [
    runOf(model, batch, draws, isSilent),
    runOf(model, batch, draws, isSilent),
  ];
  const noisy = second.find(
    ({ values, draws }, k) =>
      draws > 0 || !values.every((x, i) => isClose(x, first[k]?.values[i] ?? Number.NaN)),
  );
  if (noisy !== undefined) {
    const expected =
      'to make the same of a batch twice, for a term that runs it again: random numbers from `Math.random` or tfjs, which are drawn again, and nothing that counts or remembers';
    reject(where, 'model', expected, noisy.by);
  }
}

/** What each layer makes in a pass, layers of inner models too, and last the loss. */
function runOf(
  model: TrainedModel,
  batch: tf.Tensor[],
  draws: Draws,
  isSilent: boolean,
): LayerResult[] {
  const made: LayerResult[] = [];
  const note = <T extends tf.Tensor | tf.Tensor[]>(by: string, make: () => T): T => {
    const { count } = draws;
    const result = make();
    const values = [result].flat().flatMap((x) => Array.from(x.dataSync()));
    made.push({ by, values, draws: draws.count - count });
    return result;
  };
  const noted = (layer: Layer) => {
    const { call } = layer;
    return {
      call(this: Layer, ...args: Parameters<Layer['call']>) {
        return note(described(layer), () => call.apply(this, args));
      },
    };
  };
  note('the loss', () =>
    overriding(
      withInner(model.layers),
      noted,
      () => again({ model, batch, draws }, { isSilent }).loss,
    ),
  );
  return made;
}

const isClose = (a: number, b: number) =>
  Object.is(a, b) || Math.abs(a - b) <= 1e-5 * (1 + Math.abs(a));
