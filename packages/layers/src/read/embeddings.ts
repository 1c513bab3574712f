import * as tf from '@tensorflow/tfjs-core';
import { check, described, type Layer, withInner } from '../watch/model.js';
import type { Pass } from '../watch/pass.js';
import { logitsAgain } from './prediction.js';

/** What noise is added to: the output of the embedding layer or, where there is none, the input of the model. */
export interface Embeddings {
  readonly embeddings: tf.Tensor;
  /** The embedding layer. */
  readonly layer: Layer | undefined;
}

const isEmbedding = (layer: Layer) => layer.getClassName() === 'Embedding';
const embeddingCalls = ({ calls }: Pass) => calls.filter(({ layer }) => isEmbedding(layer));

export function embeddingsOf(pass: Pass): Embeddings {
  const { model, batch } = pass;
  const all = withInner(model.layers).filter(isEmbedding);
  const calls = embeddingCalls(pass);
  const [call] = calls;
  if (all.length > 1 || calls.length !== all.length) {
    const expected = 'to come from one embedding layer of the model itself, called once';
    check.reject('embeddings', expected, all.map(described).join(', '));
  }
  if (call !== undefined) {
    return { embeddings: call.outputs[0]!, layer: call.layer };
  }
  if (model.inputs.length !== 1) {
    const expected = 'to be the input of a model with one, or to come from an embedding layer';
    check.reject('embeddings', expected, `${model.inputs.length} inputs`);
  }
  return { embeddings: batch[0]!, layer: undefined };
}

/** What an embedding layer with `maskZero` takes for padding, 0, [B, L]; `undefined` where no one layer says it. */
export function paddingOf(pass: Pass): tf.Tensor | undefined {
  const masks = embeddingCalls(pass).flatMap(
    ({ layer, inputs }) => layer.computeMask([...inputs]) ?? [],
  ) as tf.Tensor[];
  return masks.length === 1 ? masks[0] : undefined;
}

/** The padding of the embeddings as that of the logits, where these have the same rows. */
export function maskOf(pass: Pass, logits: tf.Tensor): tf.Tensor | undefined {
  const padding = paddingOf(pass);
  const isOfRows = tf.util.arraysEqual(padding?.shape ?? [], logits.shape.slice(0, -1));
  return isOfRows ? padding : undefined;
}

/** From embeddings to the logits of an output, by another pass. */
export const modelFnOf =
  (pass: Pass, { layer }: Embeddings, output: number) =>
  (e: tf.Tensor): tf.Tensor => {
    checkRows(pass, e);
    const other = layer === undefined ? { batch: [e] } : { replaced: new Map([[layer, e]]) };
    return logitsAgain(pass, output, other);
  };

/** Layers for which it matters which part of the batch they get; dropout with a seed of its own draws nothing. */
const minding = ['Dropout', 'SpatialDropout1D', 'BatchNormalization'];

/** A part of the batch can be run alone only where no layer knows which part it is, or minds. */
function checkRows({ model, draws, batch: [first] }: Pass, e: unknown): void {
  const rows = e instanceof tf.Tensor ? e.shape[0] : undefined;
  const all = (first as tf.Tensor).shape[0];
  const isMinded =
    model.inputs.length > 1 ||
    draws.count > 0 ||
    withInner(model.layers).some((layer) => minding.includes(layer.getClassName()));
  if (rows !== all && isMinded) {
    const expected = `to be those of the whole batch, ${all}, in a model with dropout or other noise, batch normalization or several inputs`;
    check.reject('embeddings', expected, e);
  }
}
