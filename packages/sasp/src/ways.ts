import type * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import { activationsOf } from './layers/activations.js';
import { type AnyRank, check, checkLayers, checkLogits, type DenseLayer } from './layers/layers.js';
import { type SaspNetworkOptions, saspNetworkPenalty } from './layers/network-penalty.js';
import { checkPass, sharersAmong } from './weights/check.js';
import { type SaspWeightsOptions, saspWeightsPenalty } from './weights/weights-penalty.js';

/** By the closed form of a list of layers, or by one more pass of any model, at shaken weights. */
export type Way = 'layers' | 'weights';

/** What each way reads beside the logits. */
export interface LayersInputs {
  layers: readonly AnyRank<DenseLayer>[];
}

export interface WeightsInputs {
  /** From the inputs of the model to its logits; a method, so that it may ask for a tensor of its own rank. */
  modelFn(embeddings: tf.Tensor): tf.Tensor;
  /** The inputs of the model. */
  embeddings: tf.Tensor;
  /** The variables that are trained, by name; in another order the same seed shakes them differently. */
  params: tf.NamedTensorMap;
}

/** The same for a model of any inputs, as `attach` has it. */
export interface ForwardInputs {
  /** The logits, by another pass of the whole model. */
  forward(): tf.Tensor;
  params: tf.NamedTensorMap;
}

export type Given = { logits: tf.Tensor } & Partial<LayersInputs & WeightsInputs & ForwardInputs>;

/** The options of both, one way or the other. */
export type Settings = Omit<SaspNetworkOptions & SaspWeightsOptions, 'probe' | 'noise' | 'head'> & {
  head: Head;
};

interface Measured {
  /** The options that it doesn't read. */
  readonly foreign: readonly (keyof Settings)[];
  check(inputs: Given, settings: Settings): void;
  penalty(inputs: Given, settings: Settings): tf.Scalar;
}

export const ways: Readonly<Record<Way, Measured>> = {
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

/** The pass from the inputs of the model; `forward` has them in it. */
function passOf(inputs: Given, { fraction = 1 }: Settings) {
  const { logits, forward, params } = inputs;
  check.object('params', params);
  const variables = Object.values(params) as tf.Variable[];
  if (forward === undefined) {
    const { modelFn, embeddings } = inputs as WeightsInputs;
    return { logits, modelFn, embeddings, params: variables };
  }
  if (fraction < 1) {
    const expected =
      'to be left out by weight noise in a model that is run as a whole; `every` saves as much';
    check.reject('fraction', expected, fraction);
  }
  return { logits, modelFn: () => forward(), embeddings: logits, params: variables };
}

/** What this way reads; a model makes the others only to be asked for them. */
export function readBy(way: Way, inputs: Given): Given {
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

/** Which way it is: as the option says, as the model says it, or by what is given. */
export const wayOf = (option: Way | undefined, inputs: { via?: Way } & Partial<Given>): Way =>
  option ?? inputs.via ?? (isPass(inputs) ? 'weights' : 'layers');

const isPass = ({ layers, modelFn, forward }: Partial<Given>) =>
  layers === undefined && (modelFn !== undefined || forward !== undefined);

/** Throws where an option is set that means nothing this way. */
export function checkForeign(via: Way, settings: Partial<Settings>): void {
  for (const key of ways[via].foreign) {
    if (settings[key] !== undefined) {
      const expected = {
        layers:
          "to be left out where the closed form of the layers is used; `via: 'weights'` shakes them",
        weights:
          "to be left out by weight noise, which has all weights of any model; `via: 'layers'` asks for the closed form",
      };
      check.reject(key, expected[via], settings[key]);
    }
  }
}
