import type * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import { check, lossOf, variablesOf } from '../watch/model.js';
import { embeddingsOf, maskOf, modelFnOf, paddingOf } from './embeddings.js';
import type { FirstPass } from './first-pass.js';
import { networkOf, type Way, wayOf } from './network.js';
import { featuresOf, hasBias, logitsAgain } from './prediction.js';
import { type ReadByLoss, readByLoss } from './read-by-loss.js';
import { proxiesOf, sharedBy } from './shared.js';
import { targetsOf } from './targets.js';
import { type TaskInputs, taskLossesOf, weightedLoss } from './weighting.js';

/** The inputs that others are made of. */
interface OtherInputs extends TaskInputs, Pick<ReadByLoss, 'params' | 'targets'> {}

type Reader = (first: FirstPass, inputs: OtherInputs) => unknown;

/** How each input is read from the first pass of a step, by its name. */
export const readers = {
  loss: ({ pass, settings: { weighting } }, inputs): tf.Scalar =>
    weighting === undefined ? pass.loss : weightedLoss(weighting, pass.model, inputs),
  logits: ({ prediction }): tf.Tensor => prediction.logits,
  /** How the logits predict; `null` where the model doesn't tell. */
  head: ({ prediction }): Head | null => prediction.head,
  includeBias: ({ prediction }): boolean => hasBias(prediction),
  features: ({ prediction }): tf.Tensor => featuresOf(prediction),
  targets: (first): tf.Tensor => {
    const output = first.output('targets');
    return targetsOf(lossOf(first.pass.model, output), first.pass.ends[output]!.yTrue);
  },
  /** The rows that count, [B, L]: the padding of the embeddings, if the logits have the same rows, [B, L, C]. */
  mask: ({ pass, prediction }): tf.Tensor | undefined => maskOf(pass, prediction.logits),
  layers: ({ pass, prediction }): readonly object[] => networkOf(pass, prediction),
  /** Whether the closed form of `layers` covers the model, or `saspNetwork` needs weight noise. */
  via: (first): Way => {
    const { decided } = first.settings;
    decided.via ??= wayOf(first.pass, first.prediction);
    return decided.via;
  },
  /** Runs the whole model again, from its inputs to the logits, at the values its weights have by then. */
  forward: (first): (() => tf.Tensor) => {
    const output = first.output('forward');
    first.mayRepeat = true;
    return () => logitsAgain(first.pass, output);
  },
  params: ({ pass }): tf.NamedTensorMap =>
    Object.fromEntries(variablesOf(pass.model).flatMap((v) => (v.trainable ? [[v.name, v]] : []))),
  grads: (): never =>
    check.reject(
      'grads',
      'to be read by a correction, which gets them after the backward pass',
      'a penalty',
    ),
  embeddings: ({ pass }): tf.Tensor => embeddingsOf(pass),
  /** The padding of the embeddings, [B, L], of an embedding layer with `maskZero`. */
  embeddingMask: ({ pass }): tf.Tensor | undefined => paddingOf(pass),
  /** From embeddings to logits; runs another pass. */
  modelFn: (first): ((embeddings: tf.Tensor) => tf.Tensor) => {
    const modelFn = modelFnOf(first.pass, first.output('modelFn'));
    first.mayRepeat = true;
    return modelFn;
  },
  /** What the loss reads as logits, where activation and loss don't match, or no output was named. */
  readByLoss: (first, inputs): ReadByLoss | undefined => {
    const { pass, settings } = first;
    const read = readByLoss(pass, settings.output, inputs);
    if (read !== undefined) {
      const ends = pass.ends.filter((_, k) => (settings.output ?? k) === k);
      first.checkTrained(ends.map(({ yPred }) => yPred));
      first.mayRepeat = true;
    }
    return read;
  },
  /** ℓ of each output: its mean over the batch, with class weights. */
  taskLosses: ({ pass }): tf.Scalar[] => taskLossesOf(pass),
  ntkProxies: ({ pass }, { taskLosses }): tf.Tensor1D => proxiesOf(taskLosses, sharedBy(pass)),
} satisfies Record<string, Reader>;

export type Readers = typeof readers;
