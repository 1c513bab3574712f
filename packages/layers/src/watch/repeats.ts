import type * as tf from '@tensorflow/tfjs-core';
import { check, described, type Layer, type TrainedModel, withInner } from './model.js';
import { overriding } from './override.js';
import { Pass } from './pass.js';

/** The values of a layer, or at the end of the loss, in a pass, and how many new random numbers it drew. */
interface LayerResult {
  readonly by: string;
  readonly values: number[];
  readonly draws: number;
}

/**
 * Throws unless every layer computes the same values in two passes. The outputs of the model alone would not do: a
 * later kernel of zeros hides noise.
 *
 * @param isSilent Whether the loss does not matter.
 */
export function checkRepeats(model: TrainedModel, batch: tf.Tensor[], isSilent: boolean): void {
  const pass = new Pass(model, batch);
  const [first, second] = [resultsOf(pass, isSilent), resultsOf(pass, isSilent)];
  const noisy = second.find(
    ({ values, draws }, k) =>
      draws > 0 || !values.every((x, i) => isClose(x, first[k]?.values[i] ?? Number.NaN)),
  );
  if (noisy !== undefined) {
    const expected =
      'to make the same of a batch twice, for a term that runs it again: random numbers from `Math.random` or tfjs, which are drawn again, and nothing that counts or remembers';
    check.reject('model', expected, noisy.by);
  }
}

/** The results of another pass: of each layer, with those of inner models, and last of the loss. */
function resultsOf(pass: Pass, isSilent: boolean): LayerResult[] {
  const made: LayerResult[] = [];
  const { drawn } = pass.draws;
  const note = <T extends tf.Tensor | tf.Tensor[]>(by: string, make: () => T): T => {
    const before = drawn.length;
    const result = make();
    const values = [result].flat().flatMap((x) => Array.from(x.dataSync()));
    made.push({ by, values, draws: drawn.length - before });
    return result;
  };
  const noted = (layer: Layer): Pick<Layer, 'call'> => {
    const call = layer.call.bind(layer);
    return { call: (...args) => note(described(layer), () => call(...args)) };
  };
  const run = () => pass.again({ isSilent }).loss;
  note('the loss', () => overriding(withInner(pass.model.layers), noted, run));
  return made;
}

const isClose = (a: number, b: number) =>
  Object.is(a, b) || Math.abs(a - b) <= 1e-5 * (1 + Math.abs(a));
