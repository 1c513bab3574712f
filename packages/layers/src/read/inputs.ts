import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import { check, variablesOf } from '../watch/model.js';
import type { Pass } from '../watch/pass.js';
import { embeddingsOf, maskOf, modelFnOf, paddingOf } from './embeddings.js';
import { networkOf, type Way, wayOf } from './network.js';
import { featuresOf, hasBias, logitsAgain, type Prediction, predictionOf } from './prediction.js';
import { type ReadByLoss, readByLoss } from './read-by-loss.js';
import { checkTrained, proxiesOf, sharedBy } from './shared.js';
import { targetsOf } from './targets.js';
import { regularized, type TaskInputs, taskLossesOf, type Weighting } from './weighting.js';

/** The inputs that others are made of, or the step. */
interface OwnInputs extends TaskInputs, Pick<ReadByLoss, 'params' | 'targets'> {
  readonly loss: tf.Scalar;
}

/** How each input is read from the first pass of a step, by its name. */
const readers = {
  loss: ({ pass, settings: { weighting }, inputs }): tf.Scalar =>
    weighting === undefined ? pass.loss : regularized(pass.model, weighting.loss(inputs)),
  logits: ({ prediction }): tf.Tensor => prediction.logits,
  /** How the logits predict; `null` where the model doesn't tell. */
  head: ({ prediction }): Head | null => prediction.head,
  includeBias: ({ prediction }): boolean => hasBias(prediction),
  features: ({ prediction }): tf.Tensor => featuresOf(prediction),
  targets: (step): tf.Tensor => targetsOf(step.pass.ends[step.output('targets')]!),
  /** The rows that count, [B, L]: the padding of the embeddings, if the logits have the same rows, [B, L, C]. */
  mask: ({ pass, prediction }): tf.Tensor | undefined => maskOf(pass, prediction.logits),
  layers: ({ pass, prediction }): readonly object[] => networkOf(pass, prediction),
  /** Whether the closed form of `layers` covers the model, or `saspNetwork` needs weight noise. */
  via: ({ pass, prediction, settings: { decided } }): Way => {
    decided.via ??= wayOf(pass, prediction);
    return decided.via;
  },
  /** Runs the whole model again, from its inputs to the logits, at the values its weights have by then. */
  forward: (step): (() => tf.Tensor) => {
    const output = step.output('forward');
    return () => logitsAgain(step.pass, output);
  },
  params: ({ pass }): tf.NamedTensorMap =>
    Object.fromEntries(variablesOf(pass.model).flatMap((v) => (v.trainable ? [[v.name, v]] : []))),
  grads: (): never => {
    const expected = 'to be read by a correction, which gets them after the backward pass';
    return check.reject('grads', expected, 'a penalty');
  },
  embeddings: ({ pass }): tf.Tensor => embeddingsOf(pass),
  /** The padding of the embeddings, [B, L], of an embedding layer with `maskZero`. */
  embeddingMask: ({ pass }): tf.Tensor | undefined => paddingOf(pass),
  /** From embeddings to logits; runs another pass. */
  modelFn: (step): ((embeddings: tf.Tensor) => tf.Tensor) =>
    modelFnOf(step.pass, step.output('modelFn')),
  /** What the loss reads as logits, where activation and loss don't match, or no output was named. */
  readByLoss: (step): ReadByLoss | undefined => {
    const { pass, settings, inputs } = step;
    const read = readByLoss(pass, settings.output, inputs);
    if (read !== undefined) {
      const ends = pass.ends.filter((_, k) => (settings.output ?? k) === k);
      step.checkTrained(ends.map(({ yPred }) => yPred));
    }
    return read;
  },
  /** ℓ of each output: its mean over the batch, with class weights. */
  taskLosses: ({ pass }): tf.Scalar[] => taskLossesOf(pass),
  ntkProxies: ({ pass, inputs }): tf.Tensor1D => proxiesOf(inputs.taskLosses, sharedBy(pass)),
} satisfies Record<string, (step: StepInputs) => unknown>;

/**
 * What the terms read from the model. The names mean the same in every package. Each input is computed when a term asks
 * for it, once in a step. If the model doesn't have the input, an error says so.
 */
export type Inputs = {
  readonly [Key in keyof typeof readers]: ReturnType<(typeof readers)[Key]>;
};

/** What a penalty may read of a model; gradients are for corrections. */
export type Vocabulary = Exclude<keyof Inputs, 'loss' | 'grads'>;

/** How the terms read a model, as it is compiled. */
export interface ReadSettings {
  /** The number of the output that the terms read; `undefined` where there are several and none was chosen. */
  readonly output: number | undefined;
  readonly weighting: Weighting | undefined;
  /** How `saspNetwork` measures this model. The trial of `attach` decides, for all steps. */
  readonly decided: { via?: Way };
}

/** Has a class, so that `trainStep` reads no input by itself. */
class ReadInputs {}

const isRead = (key: PropertyKey): key is keyof Inputs => Object.hasOwn(readers, key);

/** The inputs of a step, read from its first pass and kept until they are disposed of. */
export class StepInputs {
  readonly pass: Pass;
  readonly settings: ReadSettings;
  readonly inputs: OwnInputs;
  readonly #isTrial: boolean;
  #prediction: Prediction | undefined;
  readonly #made = new Map<string, unknown>();
  readonly #tensors: tf.Tensor[] = [];

  constructor(pass: Pass, settings: ReadSettings, isTrial: boolean) {
    this.pass = pass;
    this.settings = settings;
    this.#isTrial = isTrial;
    this.inputs = new Proxy(new ReadInputs(), {
      get: (_, key) => (isRead(key) ? this.#once(key) : undefined),
      has: (_, key) => isRead(key),
    }) as OwnInputs;
  }

  /** Whether a term has read something that runs the model again. */
  get mayRepeat(): boolean {
    return ['forward', 'modelFn', 'readByLoss'].some((key) => this.#made.get(key) !== undefined);
  }

  get prediction(): Prediction {
    if (this.#prediction === undefined) {
      const found = predictionOf(this.pass, this.output('logits'));
      this.checkTrained(found.maker.outputs); // logits arranged anew are no part of the pass
      this.#prediction = found;
    }
    return this.#prediction;
  }

  /** The output that an input is read from. */
  output(key: string): number {
    const { output } = this.settings;
    if (output === undefined) {
      const { outputNames } = this.pass.model;
      const expected = `of one output, to be named in the option \`output\`: one of ${outputNames.join(', ')}`;
      check.reject(key, expected, `a model with ${outputNames.length} outputs`);
    }
    return output;
  }

  /** Throws in a trial, unless these come from trained weights. */
  checkTrained(logits: readonly tf.Tensor[]): void {
    if (this.#isTrial) {
      checkTrained(this.pass, logits);
    }
  }

  /** Reads what a term may ask for when it observes, after the pass. */
  settle(): void {
    for (const key of ['logits', 'head', 'includeBias', 'features', 'targets'] as const) {
      try {
        this.#once(key);
      } catch {
        // The term that asks for it is told.
      }
    }
  }

  dispose(): void {
    tf.dispose(this.#tensors);
    this.#made.clear();
  }

  #once(key: keyof Inputs): unknown {
    if (!this.#made.has(key)) {
      // The weights outlive the pass.
      if (key !== 'params' && this.pass.ends.some(({ yPred }) => yPred.isDisposed)) {
        check.reject(key, 'to be read by a penalty, before the backward pass', 'a later time');
      }
      this.#made.set(key, this.#keep(readers[key](this)));
    }
    return this.#made.get(key);
  }

  #keep(x: unknown): unknown {
    if (Array.isArray(x)) {
      return x.map((entry) => this.#keep(entry));
    }
    if (!(x instanceof tf.Tensor)) {
      return x;
    }
    const kept = tf.keep(tf.clone(x));
    this.#tensors.push(kept);
    return kept;
  }
}
