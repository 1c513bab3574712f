import * as tf from '@tensorflow/tfjs-core';
import { check, described, type Layer, withInner } from '../watch/model.js';
import type { LayerCall, Pass } from '../watch/pass.js';
import { logitsAgain } from './prediction.js';

const isEmbedding = (layer: Layer) => layer.getClassName() === 'Embedding';
const embeddingCalls = ({ calls }: Pass) => calls.filter(({ layer }) => isEmbedding(layer));

/** The call of the embedding layer; `undefined` where the embeddings are the input of the model. */
function embeddingCall(pass: Pass): LayerCall | undefined {
  const { model } = pass;
  const all = withInner(model.layers).filter(isEmbedding);
  const calls = embeddingCalls(pass);
  if (all.length > 1 || calls.length !== all.length) {
    const expected = 'to come from one embedding layer of the model itself, called once';
    check.reject('embeddings', expected, all.map(described).join(', '));
  }
  if (calls.length === 0 && model.inputs.length !== 1) {
    const expected = 'to be the input of a model with one, or to come from an embedding layer';
    check.reject('embeddings', expected, `${model.inputs.length} inputs`);
  }
  return calls[0];
}

/** What noise is added to: the output of the embedding layer or, without such a layer, the input of the model. */
export const embeddingsOf = (pass: Pass): tf.Tensor =>
  embeddingCall(pass)?.outputs[0] ?? pass.batch[0]!;

/** The function from embeddings to the logits of an output. It runs another pass. */
export function modelFnOf(pass: Pass, output: number): (embeddings: tf.Tensor) => tf.Tensor {
  const { layer } = embeddingCall(pass) ?? {};
  return (e) => {
    checkRows(pass, e);
    const other = layer === undefined ? { batch: [e] } : { replaced: new Map([[layer, e]]) };
    return logitsAgain(pass, output, other);
  };
}

/** The padding of the embeddings, [B, L]: 0 where an embedding layer with `maskZero` has no entry. */
export function paddingOf(pass: Pass): tf.Tensor | undefined {
  const masks = embeddingCalls(pass).flatMap(
    ({ layer, inputs }) => layer.computeMask([...inputs]) ?? [],
  ) as tf.Tensor[];
  return masks.length === 1 ? masks[0] : undefined;
}

/** The padding of the embeddings, if the logits have the same rows, [B, L, C]. */
export function maskOf(pass: Pass, logits: tf.Tensor): tf.Tensor | undefined {
  const padding = paddingOf(pass);
  const isOfRows = tf.util.arraysEqual(padding?.shape ?? [], logits.shape.slice(0, -1));
  return isOfRows ? padding : undefined;
}

/** Layers whose output depends on the part of the batch they get; dropout with a seed of its own draws nothing. */
const dependent = ['Dropout', 'SpatialDropout1D', 'BatchNormalization'];

/** A part of the batch can run alone only where no layer depends on the part, or draws random numbers for it. */
function checkRows({ model, draws, batch: [first] }: Pass, e: unknown): void {
  const rows = e instanceof tf.Tensor ? e.shape[0] : undefined;
  const all = first!.shape[0];
  const needsAll =
    model.inputs.length > 1 ||
    draws.drawn.length > 0 ||
    withInner(model.layers).some((layer) => dependent.includes(layer.getClassName()));
  if (rows !== all && needsAll) {
    const expected = `to be those of the whole batch, ${all}, in a model with dropout or other noise, batch normalization or several inputs`;
    check.reject('embeddings', expected, e);
  }
}
