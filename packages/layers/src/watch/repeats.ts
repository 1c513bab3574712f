import type * as tf from '@tensorflow/tfjs-core';
import { reject } from '@toploss/core/kit';
import { described } from '../read/prediction.js';
import { again } from './again.js';
import { Draws } from './draws.js';
import { type Layer, type LossFunction, type Trained, where } from './model.js';
import { override } from './override.js';
import { insideOf } from './pass.js';

/** What a layer, or at the end the loss, made in a pass, and how many random numbers it drew. */
interface Made {
  readonly by: string;
  readonly values: number[];
  readonly draws: number;
}

/**
 * Throws unless every layer makes the same of a batch twice. The outputs of the model alone would not show it: a later
 * kernel of zeros hides noise.
 *
 * @param lossFunctions Instead of those of the model.
 * @param drawn How many random numbers have been drawn so far.
 */
export function checkRepeats(
  model: Trained,
  batch: tf.Tensor[],
  lossFunctions: LossFunction[] | undefined,
  drawn: () => number,
): void {
  const draws = new Draws();
  const run = (): Made[] => {
    const made: Made[] = [];
    const start = drawn();
    const { loss } = recording(model, made, drawn, () =>
      again(model, { batch, draws, ...(lossFunctions && { lossFunctions }) }),
    );
    made.push({ by: 'the loss', values: Array.from(loss.dataSync()), draws: drawn() - start });
    return made;
  };
  const [first, second] = [run(), run()];
  const noisy = second.find(
    ({ values, draws }, k) =>
      draws > 0 || !values.every((x, i) => isClose(x, first[k]?.values[i] as number)),
  );
  if (noisy !== undefined) {
    const expected =
      'to make the same of a batch twice, for a term that runs it again: random numbers from `Math.random` or tfjs, which are drawn again, and nothing that counts or remembers';
    reject(where, 'model', expected, noisy.by);
  }
}

/** Runs f, a pass through the layers, and notes what each of them makes, including layers of inner models. */
function recording<T>({ layers }: Trained, made: Made[], drawn: () => number, f: () => T): T {
  const restore = [...new Set([...layers, ...insideOf(layers)])].map((layer) => {
    const { call } = layer;
    return override(layer, {
      call(this: Layer, inputs, kwargs) {
        const start = drawn();
        const result = call.call(this, inputs, kwargs);
        const values = [result].flat().flatMap((x) => Array.from(x.dataSync()));
        made.push({ by: described(layer), values, draws: drawn() - start });
        return result;
      },
    });
  });
  try {
    return f();
  } finally {
    for (const undo of restore) {
      undo();
    }
  }
}

const isClose = (a: number, b: number) =>
  Object.is(a, b) || Math.abs(a - b) <= 1e-5 * (1 + Math.abs(a));
