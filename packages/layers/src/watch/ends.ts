import type * as tf from '@tensorflow/tfjs-core';
import type { Layer } from './model.js';
import { overriding } from './override.js';

export interface ActivatedLayer extends Layer {
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
export function endsOf(layer: Layer): Layer[] {
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

/** Layers that end in an activation. */
export const activated = ['Dense', 'Conv1D', 'Conv2D', 'Conv2DTranspose', 'Activation'];

/** tfjs fuses these activations with the product. */
const fused = ['linear', 'relu', 'elu'];

/** The end of each output, if its activation can be left out and applied afterwards. */
export function splitEndsOf(layer: Layer): (ActivatedLayer | undefined)[] {
  return endsOf(layer).map((end) => {
    const { activation } = end as ActivatedLayer;
    const name = end.getClassName();
    const isAlone = end === layer && name === 'Activation';
    const canSplit =
      !isAlone && activated.includes(name) && !fused.includes(activation.getClassName());
    return canSplit ? (end as ActivatedLayer) : undefined;
  });
}

/** Runs f, in which these layers leave out their activations. */
export const withoutActivations = <T>(
  layers: readonly (ActivatedLayer | undefined)[],
  f: () => T,
): T =>
  overriding(
    [...new Set(layers.filter((layer) => layer !== undefined))],
    ({ activation }) => ({
      activation: Object.create(activation, { apply: { value: (x: tf.Tensor) => x } }),
    }),
    f,
  );
