import type * as tf from '@tensorflow/tfjs-core';
import { reject } from '@toploss/core/kit';
import { where } from '../watch/model.js';
import { madeBy, type Pass } from '../watch/pass.js';
import { described } from './prediction.js';
import { sourcesOf } from './shared.js';

/** The tensors that weights which are trained have gone into, by id. */
export function trainedIn({ calls }: Pass): Set<number> {
  const trained = new Set<number>();
  for (const call of calls) {
    const { layer, inputs } = call;
    if (layer.trainableWeights.length > 0 || inputs.some(({ id }) => trained.has(id))) {
      for (const { id } of madeBy(call)) {
        trained.add(id);
      }
    }
  }
  return trained;
}

/** A penalty of logits that are not an input and of which no weight moves any would do nothing, in silence. */
export function checkTrained(pass: Pass, all: readonly tf.Tensor[]): void {
  const trained = trainedIn(pass);
  if (all.some((logits) => pass.maker(logits) === undefined || trained.has(logits.id))) {
    return;
  }
  const sources = new Set(all.flatMap((logits) => [...sourcesOf(pass, logits)]));
  const below = pass.calls.filter((call) => madeBy(call).some((x) => sources.has(x)));
  const frozen = new Set(
    below.map(({ layer }) => layer).filter(({ weights }) => weights.length > 0),
  );
  const expected =
    'to come from weights that are trained, or the terms have no effect: set `trainable` of a layer to true and compile again';
  const names = [...frozen].map(described).join(', ');
  reject(where, 'logits', expected, names === '' ? 'no weights' : `frozen: ${names}`);
}
