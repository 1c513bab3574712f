import * as tf from '@tensorflow/tfjs-core';
import { reject } from '@toploss/core/kit';
import { type Layer, type Trained, where } from '../watch/model.js';
import { insideOf, type Pass } from '../watch/pass.js';
import { described } from './prediction.js';
import type { Started } from './started.js';

/** What noise is added to: the output of the embedding layer or, where there is none, the input of the model. */
export interface Embeddings {
  readonly embeddings: tf.Tensor;
  /** The embedding layer. */
  readonly layer: Layer | undefined;
}

const isEmbedding = (layer: Layer) => layer.getClassName() === 'Embedding';

export function embeddingsOf(model: Trained, pass: Pass, batch: readonly tf.Tensor[]): Embeddings {
  const all = [...model.layers, ...insideOf(model.layers)].filter(isEmbedding);
  const calls = pass.calls.filter(({ layer }) => isEmbedding(layer));
  const [call] = calls;
  if (all.length > 1 || calls.length !== all.length) {
    const expected = 'to come from one embedding layer of the model itself, called once';
    reject(where, 'embeddings', expected, all.map(described).join(', '));
  }
  if (call !== undefined) {
    return { embeddings: call.outputs[0] as tf.Tensor, layer: call.layer };
  }
  if (model.inputs.length !== 1) {
    const expected = 'to be the input of a model with one, or to come from an embedding layer';
    reject(where, 'embeddings', expected, `${model.inputs.length} inputs`);
  }
  return { embeddings: batch[0] as tf.Tensor, layer: undefined };
}

/** What an embedding layer with `maskZero` takes for padding, 0, [B, L]; `undefined` where no one layer says it. */
export function paddingOf(pass: Pass): tf.Tensor | undefined {
  const masks = pass.calls
    .filter(({ layer }) => isEmbedding(layer))
    .flatMap(({ layer, inputs }) => layer.computeMask([...inputs]) ?? []) as tf.Tensor[];
  return masks.length === 1 ? masks[0] : undefined;
}

/** The padding of the embeddings as that of the logits, where these have the same rows. */
export const maskOfRows = (
  padding: tf.Tensor | undefined,
  logits: tf.Tensor,
): tf.Tensor | undefined =>
  padding !== undefined && tf.util.arraysEqual(padding.shape, logits.shape.slice(0, -1))
    ? padding
    : undefined;

/** A part of the batch can be run alone only where no layer knows which part it is, or minds. */
export function checkRows({ model, draws, batch: [first] }: Started, e: unknown): void {
  const rows = e instanceof tf.Tensor ? e.shape[0] : undefined;
  const all = (first as tf.Tensor).shape[0];
  // Dropout with a seed of its own draws nothing.
  const minding = ['Dropout', 'SpatialDropout1D', 'BatchNormalization'];
  const isMinded =
    model.inputs.length > 1 ||
    draws.count > 0 ||
    [...model.layers, ...insideOf(model.layers)].some((layer) =>
      minding.includes(layer.getClassName()),
    );
  if (rows !== all && isMinded) {
    const expected = `to be those of the whole batch, ${all}, in a model with dropout or other noise, batch normalization or several inputs`;
    reject(where, 'embeddings', expected, e);
  }
}
