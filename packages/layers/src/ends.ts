import type * as tf from '@tensorflow/tfjs-core';
import type { Layer } from './model.js';
import { override } from './override.js';

interface WithActivation extends Layer {
  readonly activation: { apply(x: tf.Tensor): tf.Tensor; getClassName(): string };
}

interface Nested extends Layer {
  /** What a `TimeDistributed` layer repeats. */
  readonly layer?: Layer;
  /** Of a model. */
  readonly outputLayers?: Layer[];
}

/** The layer that a layer ends in: itself, or the last one of a model or of what is repeated over time. */
export function endOf(layer: Layer): Layer {
  const { layer: repeated, outputLayers = [] } = layer as Nested;
  const [last] = layer.getClassName() === 'TimeDistributed' ? [repeated as Layer] : outputLayers;
  // What reads it inside the model needs its activation.
  const isLast = outputLayers.length < 2 && last?.outboundNodes.length === 0;
  return last !== undefined && isLast ? endOf(last) : layer;
}

/** What has an activation that ends it. */
export const activated = ['Dense', 'Conv1D', 'Conv2D', 'Conv2DTranspose', 'Activation'];

/** tfjs fuses these with the product, where the others come after it. */
const fused = ['linear', 'relu', 'elu'];

/** The end of a layer, if its activation can be left out and applied afterwards. */
export function splitEndOf(layer: Layer): WithActivation | undefined {
  const end = endOf(layer) as WithActivation;
  const name = end.getClassName();
  const isAlone = end === layer && name === 'Activation';
  const canSplit = activated.includes(name) && !isAlone;
  return canSplit && !fused.includes(end.activation.getClassName()) ? end : undefined;
}

/** Runs f with a layer inside of others that leaves its activation out. */
export function linearly<T>(layer: WithActivation, f: () => T): T {
  const { call } = layer;
  const view = withoutActivation(layer);
  const undo = override(layer as Layer, {
    call: (inputs, kwargs) => call.call(view, inputs, kwargs),
  });
  try {
    return f();
  } finally {
    undo();
  }
}

export function withoutActivation(layer: WithActivation): Layer {
  const identity = Object.create(layer.activation, { apply: { value: (x: tf.Tensor) => x } });
  return Object.create(layer, { activation: { value: identity } });
}
