import type * as tf from '@tensorflow/tfjs-core';
import type { Layer } from './model.js';
import { overriding } from './override.js';

interface ActivatedLayer extends Layer {
  readonly activation: { apply(x: tf.Tensor): tf.Tensor; getClassName(): string };
}

interface NestedLayer extends Layer {
  /** The layer that a `TimeDistributed` layer repeats. */
  readonly layer?: Layer;
  /** Of a model: for each output the layer that makes it, and which of that layer's outputs it is. */
  readonly outputLayers?: Layer[];
  readonly outputLayersTensorIndices?: number[];
}

/** The layer in which each output of a layer ends: the layer itself, or the last one of an inner or repeated layer. */
function endsOf(layer: Layer): Layer[] {
  const {
    layer: repeated,
    outputLayers = [],
    outputLayersTensorIndices = [],
  } = layer as NestedLayer;
  const last = layer.getClassName() === 'TimeDistributed' ? [repeated as Layer] : outputLayers;
  // A layer inside the model that reads this end needs its activation.
  const ends = last.map((end, k) =>
    end.outboundNodes.length === 0 ? endsOf(end)[outputLayersTensorIndices[k] ?? 0] : undefined,
  );
  return ends.length === 0 ? [layer] : ends.map((end) => end ?? layer);
}

/** How an output of a layer ends. */
export interface OutputEnd {
  /** The name of the activation that ends the output, if one is known to. */
  readonly activation?: string;
  /** The layer whose activation comes after that, if it can be left out and applied afterwards. */
  readonly split?: ActivatedLayer;
}

/** Layers that end in an activation. */
const activated = ['Dense', 'Conv1D', 'Conv2D', 'Conv2DTranspose', 'Activation'];

/** tfjs fuses these activations with the product. */
const fused = ['linear', 'relu', 'elu'];

/** Whether a layer is an activation and nothing else. */
export const isActivation = (layer: Layer): boolean =>
  ['Activation', 'Softmax'].includes(layer.getClassName());

export const outputEndsOf = (layer: Layer): OutputEnd[] =>
  endsOf(layer).map((end) => {
    const isAlone = end === layer && isActivation(layer);
    if (!activated.includes(end.getClassName())) {
      return isAlone ? { activation: 'softmax' } : {};
    }
    const split = end as ActivatedLayer;
    const activation = split.activation.getClassName();
    return isAlone || fused.includes(activation) ? { activation } : { activation: 'linear', split };
  });

/** Runs f, in which the layers leave out the activations that can be split off. */
export const withoutActivations = <T>(ends: readonly OutputEnd[], f: () => T): T =>
  overriding(
    [...new Set(ends.flatMap(({ split }) => split ?? []))],
    ({ activation }) => ({
      activation: Object.create(activation, { apply: { value: (x: tf.Tensor) => x } }),
    }),
    f,
  );
