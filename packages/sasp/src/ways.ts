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

interface Estimator {
  /** The options that mean nothing to this estimator. */
  readonly foreign: readonly (keyof TermSettings)[];
  check(inputs: TermInputs, settings: TermSettings): void;
  penalty(inputs: TermInputs, settings: TermSettings): tf.Scalar;
}

export const ways: Readonly<Record<Way, Estimator>> = {
  layers: {
    foreign: ['sigma'],
    check({ logits, layers }, { head, activation }) {
      checkLogits(logits, head);
      checkLayers(logits, layers);
      activationsOf(layers, activation);
    },
    penalty: ({ logits, layers }, settings) =>
      saspNetworkPenalty(logits, layers as readonly DenseLayer[], settings),
  },
  weights: {
    foreign: ['activation', 'exact', 'includeBias'],
    check(inputs, settings) {
      const { logits, modelFn, embeddings, params } = passOf(inputs, settings);
      checkPass(check, logits, modelFn, embeddings, settings.head);
      sharersAmong(check, params, settings.scale ?? 'relative');
    },
    penalty(inputs, settings) {
      const { logits, modelFn, embeddings, params } = passOf(inputs, settings);
      return saspWeightsPenalty(logits, modelFn, embeddings, params, settings);
    },
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

/** The inputs that this estimator reads. `attach` computes the others only on access. */
export function readBy(way: Way, inputs: TermInputs): TermInputs {
  const { logits } = inputs;
  if (way === 'layers') {
    return { logits, layers: (inputs as LayersInputs).layers };
  }
  const { forward, params } = inputs as ForwardInputs;
  if (forward !== undefined) {
    return { logits, forward, params };
  }
  const { modelFn, embeddings } = inputs as WeightsInputs;
  return { logits, modelFn, embeddings, params };
}

/** The option decides, then the model, then the inputs that are given. */
export const wayOf = (option: Way | undefined, inputs: { via?: Way } & Partial<TermInputs>): Way =>
  option ?? inputs.via ?? (isPass(inputs) ? 'weights' : 'layers');

const isPass = ({ layers, modelFn, forward }: Partial<TermInputs>) =>
  layers === undefined && (modelFn !== undefined || forward !== undefined);

/** Throws if an option is set that this estimator does not read. */
export function checkForeign(via: Way, settings: Partial<TermSettings>): void {
  for (const key of ways[via].foreign) {
    if (settings[key] !== undefined) {
      const expected = {
        layers:
          "to be left out with the closed form of the layers; `via: 'weights'` adds weight noise instead",
        weights:
          "to be left out with weight noise, which covers all weights of any model; `via: 'layers'` takes the closed form instead",
      };
      check.reject(key, expected[via], settings[key]);
    }
  }
}
