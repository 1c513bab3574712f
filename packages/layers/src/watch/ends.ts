import type * as tf from '@tensorflow/tfjs-core';
import type { Layer } from './model.js';
import { overriding } from './override.js';

export interface ActivatedLayer extends Layer {
  readonly activation: { apply(x: tf.Tensor): tf.Tensor; getClassName(): string };
}

interface NestedLayer extends Layer {
  /** What a `TimeDistributed` layer repeats. */
  readonly layer?: Layer;
  /** Of a model: for each output the layer that makes it, and which of that layer's outputs it is. */
  readonly outputLayers?: Layer[];
  readonly outputLayersTensorIndices?: number[];
}

/** For each output of a layer, the layer that it ends in: itself, or the last one of a model or of what is repeated over time. */
export function endsOf(layer: Layer): Layer[] {
  const {
    layer: repeated,
    outputLayers = [],
    outputLayersTensorIndices = [],
  } = layer as NestedLayer;
  const last = layer.getClassName() === 'TimeDistributed' ? [repeated as Layer] : outputLayers;
  // What reads it inside the model needs its activation.
  const ends = last.map((end, k) =>
    end.outboundNodes.length === 0 ? endsOf(end)[outputLayersTensorIndices[k] ?? 0] : undefined,
  );
  return ends.length === 0 ? [layer] : ends.map((end) => end ?? layer);
}

/** What has an activation that ends it. */
export const activated = ['Dense', 'Conv1D', 'Conv2D', 'Conv2DTranspose', 'Activation'];

/** tfjs fuses these with the product, where the others come after it. */
const fused = ['linear', 'relu', 'elu'];

/** For each output, the end of a layer, if its activation can be left out and applied afterwards. */
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

/** Runs f with layers inside of others that leave their activations out. */
export const linearly = <T>(layers: readonly ActivatedLayer[], f: () => T): T =>
  overriding<Layer, T>(
    layers,
    (layer) => {
      const { call } = layer;
      const view = withoutActivation(layer as ActivatedLayer);
      return { call: (inputs, kwargs) => call.call(view, inputs, kwargs) };
    },
    f,
  );

export function withoutActivation(layer: ActivatedLayer): Layer {
  const identity = Object.create(layer.activation, { apply: { value: (x: tf.Tensor) => x } });
  return Object.create(layer, { activation: { value: identity } });
}
