import type * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import { activationsOf } from './layers/activations.js';
import { type AnyRank, check, checkLayers, checkLogits, type DenseLayer } from './layers/layers.js';
import { type SaspNetworkOptions, saspNetworkPenalty } from './layers/network-penalty.js';
import { checkPass, sharersAmong } from './weights/check.js';
import { type SaspWeightsOptions, saspWeightsPenalty } from './weights/weights-penalty.js';

/** How the trace is estimated: by the closed form of a list of layers, or by weight noise in any model. */
export type Way = 'layers' | 'weights';

/** The inputs of the closed form, in addition to the logits. */
export interface LayersInputs {
  layers: readonly AnyRank<DenseLayer>[];
}

/** The inputs of weight noise, in addition to the logits. */
export interface WeightsInputs {
  /** Maps the inputs of the model to its logits. A method, so that its parameter may have a rank. */
  modelFn(embeddings: tf.Tensor): tf.Tensor;
  /** The inputs of the model. */
  embeddings: tf.Tensor;
  /** The variables that are trained, by name. The noise of a seed depends on their order. */
  params: tf.NamedTensorMap;
}

/** The same for a model with any number of inputs, from `attach`. */
export interface ForwardInputs {
  /** Runs the whole model again and returns its logits. */
  forward(): tf.Tensor;
  params: tf.NamedTensorMap;
}

export type TermInputs = { logits: tf.Tensor } & Partial<
  LayersInputs & WeightsInputs & ForwardInputs
>;

/** The options of both estimators. */
export type TermSettings = Omit<
  SaspNetworkOptions & SaspWeightsOptions,
  'probe' | 'noise' | 'head'
> & {
  head: Head;
};

/** What differs between the evaluations of a term. */
type Drawn = Pick<TermSettings, 'seed' | 'mask'>;

interface Estimator {
  /** Checks what a penalty reads. */
  check(): void;
  penalty(drawn: Drawn): tf.Scalar;
}

/** Each takes from the inputs what it reads. `attach` computes the others only on access. */
export const ways: Readonly<
  Record<Way, (inputs: TermInputs, settings: TermSettings) => Estimator>
> = {
  layers: ({ logits, layers }, settings) => ({
    check() {
      checkLogits(logits, settings.head);
      checkLayers(logits, layers);
      activationsOf(layers, settings.activation);
    },
    penalty: (drawn) =>
      saspNetworkPenalty(logits, layers as readonly DenseLayer[], { ...settings, ...drawn }),
  }),
  weights(inputs, settings) {
    const { logits, modelFn, embeddings, params } = passOf(inputs, settings);
    return {
      check() {
        checkPass(check, logits, modelFn, embeddings, settings.head);
        sharersAmong(check, params, settings.scale ?? 'relative');
      },
      penalty: (drawn) =>
        saspWeightsPenalty(logits, modelFn, embeddings, params, { ...settings, ...drawn }),
    };
  },
};

/** The forward pass as a function of the model's inputs; `forward` has its inputs already. */
function passOf(inputs: TermInputs, { fraction = 1 }: TermSettings) {
  const { logits, forward, params } = inputs;
  check.object('params', params);
  const variables = Object.values(params) as tf.Variable[];
  if (forward === undefined) {
    const { modelFn, embeddings } = inputs as WeightsInputs;
    return { logits, modelFn, embeddings, params: variables };
  }
  if (fraction < 1) {
    const expected =
      'to be left out with weight noise in a model that runs as a whole; `every` saves as much';
    check.reject('fraction', expected, fraction);
  }
  return { logits, modelFn: () => forward(), embeddings: logits, params: variables };
}

/** The option decides, then the model, then the inputs that are given. */
export const wayOf = (option: Way | undefined, inputs: { via?: Way } & Partial<TermInputs>): Way =>
  option ?? inputs.via ?? (isPass(inputs) ? 'weights' : 'layers');

const isPass = ({ layers, modelFn, forward }: Partial<TermInputs>) =>
  layers === undefined && (modelFn !== undefined || forward !== undefined);

/** The options that mean nothing to an estimator, and what to do instead. */
const foreign: Readonly<Record<Way, { keys: (keyof TermSettings)[]; expected: string }>> = {
  layers: {
    keys: ['sigma'],
    expected:
      "to be left out with the closed form of the layers; `via: 'weights'` adds weight noise instead",
  },
  weights: {
    keys: ['activation', 'exact', 'includeBias'],
    expected:
      "to be left out with weight noise, which covers all weights of any model; `via: 'layers'` takes the closed form instead",
  },
};

/** Throws if an option is set that this estimator does not read. */
export function checkForeign(via: Way, settings: Partial<TermSettings>): void {
  const { keys, expected } = foreign[via];
  for (const key of keys) {
    if (settings[key] !== undefined) {
      check.reject(key, expected, settings[key]);
    }
  }
}
