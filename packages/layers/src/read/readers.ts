import type * as tf from '@tensorflow/tfjs-core';
import { type Head, reject } from '@toploss/core/kit';
import { lossOf, variablesOf, where } from '../watch/model.js';
import type { Pass } from '../watch/pass.js';
import type { LossEnd } from '../watch/train-function.js';
import { embeddingsOf, maskOf, modelFnOf, paddingOf } from './embeddings.js';
import { networkOf, type Way, wayOf } from './network.js';
import { featuresOf, hasBias, logitsAgain, predictionOf } from './prediction.js';
import { type ReadByLoss, readByLoss } from './read-by-loss.js';
import { checkTrained, proxiesOf, sharedBy } from './shared.js';
import { targetsOf } from './targets.js';
import { type TaskInputs, taskLossesOf, type Weighting, weightedLoss } from './weighting.js';

/** The pass that a step begins with. */
export interface FirstPass {
  readonly pass: Pass;
  /** The loss of the model. */
  readonly loss: tf.Scalar;
  readonly weighting: Weighting | undefined;
  /** The output that the terms read; `undefined` where there are several and none was chosen. */
  readonly output: number | undefined;
  /** How `saspNetwork` measures this model: decided at the first step, the one that `attach` tries, and kept. */
  readonly decided: { via?: Way };
  /** Of a step that is tried and not taken: is told when a term asks for another pass. */
  readonly onTrialRepeat: (() => void) | undefined;
}

/** The inputs that others are made of. */
interface OtherInputs extends TaskInputs, Pick<ReadByLoss, 'logits' | 'params' | 'targets'> {}

export type Readers = ReturnType<typeof readersOf>;

/** How each input is read of the first pass of a step, by its name. */
export const readersOf = (first: FirstPass, inputs: OtherInputs) => ({
  ...ofOutput(first, inputs),
  ...ofModel(first, inputs),
});

function ofOutput(first: FirstPass, inputs: OtherInputs) {
  const { pass, decided, onTrialRepeat } = first;
  const prediction = lazily(() => {
    const found = predictionOf(pass, outputOf(first, 'logits'));
    checkTrial(first, [found.logits]);
    return found;
  });
  return {
    logits: (): tf.Tensor => prediction().logits,
    /** How the logits predict; `null` where the model does not say it. */
    head: (): Head | null => prediction().head,
    includeBias: (): boolean => hasBias(prediction()),
    features: (): tf.Tensor => featuresOf(prediction()),
    targets: (): tf.Tensor => {
      const output = outputOf(first, 'targets');
      return targetsOf(lossOf(pass.model, output), (pass.ends[output] as LossEnd).yTrue);
    },
    /** The padding of the embeddings where the logits have their rows, [B, L, C]: the rows that count. */
    mask: (): tf.Tensor | undefined => maskOf(pass, inputs.logits),
    layers: (): readonly object[] => networkOf(pass, prediction()),
    /** Whether `layers` are all that the logits are made of, or the weights have to be shaken. */
    via: (): Way => {
      decided.via ??= wayOf(pass, prediction());
      return decided.via;
    },
    /** By another pass of the whole model, from its inputs to the logits, with whatever values its weights have by then. */
    forward: (): (() => tf.Tensor) => {
      const output = outputOf(first, 'forward');
      onTrialRepeat?.();
      return () => logitsAgain(pass, output);
    },
  };
}

function ofModel(first: FirstPass, inputs: OtherInputs) {
  const { pass, loss, weighting, onTrialRepeat, output } = first;
  const embedded = lazily(() => embeddingsOf(pass));
  return {
    loss: (): tf.Scalar =>
      weighting === undefined ? loss : weightedLoss(weighting, pass.model, inputs),
    params: (): tf.NamedTensorMap =>
      Object.fromEntries(
        variablesOf(pass.model).flatMap((v) => (v.trainable ? [[v.name, v]] : [])),
      ),
    grads: (): never => {
      const expected = 'to be read by a correction, which gets them after the backward pass';
      return reject(where, 'grads', expected, 'a penalty');
    },
    embeddings: (): tf.Tensor => embedded().embeddings,
    /** The padding of the embeddings, [B, L], as the layer that makes them says it. */
    embeddingMask: (): tf.Tensor | undefined => paddingOf(pass),
    /** From embeddings to logits, by another pass. */
    modelFn: (): ((embeddings: tf.Tensor) => tf.Tensor) => {
      const modelFn = modelFnOf(pass, embedded(), outputOf(first, 'modelFn'));
      onTrialRepeat?.();
      return modelFn;
    },
    /** What the loss itself reads, where the end of the model does not say how its logits predict, or no output was named. */
    readByLoss: (): ReadByLoss | undefined => {
      const read = readByLoss(pass, output, inputs);
      if (read !== undefined) {
        const ends = output === undefined ? pass.ends : [pass.ends[output] as LossEnd];
        checkTrial(
          first,
          ends.map(({ yPred }) => yPred),
        );
        onTrialRepeat?.();
      }
      return read;
    },
    /** ℓ of each output: its mean over the batch, class weights in it. */
    taskLosses: (): tf.Scalar[] => taskLossesOf(pass),
    ntkProxies: (): tf.Tensor1D => proxiesOf(inputs.taskLosses, sharedBy(pass)),
  };
}

function outputOf({ output, pass }: FirstPass, key: string): number {
  if (output === undefined) {
    const { outputNames } = pass.model;
    const expected = `of one output, to be named in the option \`output\`: one of ${outputNames.join(', ')}`;
    reject(where, key, expected, `a model with ${outputNames.length} outputs`);
  }
  return output;
}

/** In a trial, these have to come from weights that are trained. */
function checkTrial({ pass, onTrialRepeat }: FirstPass, logits: readonly tf.Tensor[]): void {
  if (onTrialRepeat !== undefined) {
    checkTrained(pass, logits);
  }
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
