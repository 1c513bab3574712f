import * as tf from '@tensorflow/tfjs-core';
import { check, described, type Layer } from '../watch/model.js';
import type { LayerCall, Pass } from '../watch/pass.js';
import { isDense, type Prediction } from './prediction.js';
import { trainedIn } from './shared.js';

/** A layer as `saspNetwork` of @toploss/sasp reads it. */
type NetworkLayer = Record<string, unknown> & { input: tf.Tensor; dropout?: tf.Tensor };

/** Fields of some layers of tfjs. */
interface LayerFields extends Layer {
  readonly kernel: { read(): tf.Tensor };
  readonly bias?: unknown;
  readonly alpha: number;
  readonly maxValue?: number | null;
}

/** The layers read so far, first to last, and the activation between the first of them and the layer read next. */
interface LayerStack {
  readonly layers: NetworkLayer[];
  activation?: { readonly activation: unknown; readonly preActivation?: tf.Tensor } | undefined;
}

/** The layers of a network, first to last: dense layers, each with its activation after it and dropout before it. */
export function networkOf(pass: Pass, prediction: Prediction): NetworkLayer[] {
  const stack = stackOf(pass, prediction);
  return Array.isArray(stack) ? stack : stack();
}

/** How `saspNetwork` measures a model: by the closed form of its layers, or by noise in its weights. */
export type Way = 'layers' | 'weights';

/** `'layers'` where the closed form covers every trained layer below the logits. */
export function wayOf(pass: Pass, prediction: Prediction): Way {
  const stack = stackOf(pass, prediction);
  return Array.isArray(stack) && stack.every(isKnown) ? 'layers' : 'weights';
}

/**
 * Reads the stack backward from the logits, down to the first layer with trained weights. Anything before that layer,
 * such as a flattening, is data.
 *
 * @returns A function that throws the reason, where the network is no stack.
 */
function stackOf(pass: Pass, prediction: Prediction): NetworkLayer[] | (() => never) {
  const no = (expected: string, received: unknown) => () =>
    check.reject('layers', expected, received);
  const { logits } = prediction;
  if (!isDense(prediction)) {
    const expected = 'to end in a dense layer that makes the logits, with no activation of its own';
    return no(expected, described(prediction.maker.layer));
  }
  if (logits.rank !== 2) {
    const expected =
      'to make logits [B, C]; leave out `via` for weight noise, which takes logits of any rank';
    return no(expected, logits);
  }
  const trained = trainedIn(pass);
  const stack: LayerStack = { layers: [] };
  let x = logits;
  // Where all are frozen since `compile`, Φ is still a number.
  while (trained.has(x.id) || stack.layers.length === 0) {
    const call = pass.maker(x)!;
    x = call.inputs[0]!;
    const { layer, isActivation } = call;
    const same = pass.calls.filter((c) => c.layer === layer && c.isActivation === isActivation);
    if (same.length > 1 || !isRead(call, stack)) {
      const expected =
        'to be a stack of dense layers with activations after and dropout before them; leave out `via` for weight noise, which works with any layer';
      return no(expected, described(layer));
    }
  }
  return stack.layers;
}

/** Reads a call into the stack, if a stack can have it there. */
function isRead(call: LayerCall, stack: LayerStack): boolean {
  const { layer, inputs, isActivation } = call;
  const { layers, activation: after } = stack;
  const [input] = inputs as [tf.Tensor];
  const [own] = call.activations;
  const kind = layer.getClassName();
  if (kind === 'Dense' && !isActivation) {
    const { kernel, bias } = layer as LayerFields;
    // The activation of the last layer is not in the logits.
    const activation = layers.length > 0 && (after ?? { activation: own });
    layers.unshift({ input, kernel: kernel.read(), includeBias: bias != null, ...activation });
    stack.activation = undefined;
    // It has its own, or that of the call after it, but not both.
    return after === undefined || own === 'linear';
  }
  if (after !== undefined) {
    return false;
  }
  if (kind === 'Dropout') {
    const [reader] = layers as [NetworkLayer];
    const mask = call.again(tf.onesLike(input));
    reader.dropout = reader.dropout === undefined ? mask : tf.mul(reader.dropout, mask);
    return true;
  }
  const isNamed = isActivation && kind !== 'Softmax';
  const activation = isNamed ? own : activations[kind]?.(layer as LayerFields);
  stack.activation = { activation, preActivation: input };
  return activation !== undefined;
}

/** The activations of @toploss/sasp. */
const known = [
  ...['linear', 'relu', 'relu6', 'leakyRelu', 'elu', 'selu'],
  ...['tanh', 'sigmoid', 'softplus', 'swish', 'gelu'],
];

/** Whether the closed form has the activation of a layer, if any, and the layer reads one row of each example. */
const isKnown = ({ input, activation }: NetworkLayer): boolean =>
  (typeof activation !== 'string' || known.includes(activation)) && input.rank === 2;

/** φ of a layer that is an activation and nothing else. */
const activations: Readonly<Record<string, (layer: LayerFields) => unknown>> = {
  ReLU: ({ maxValue }) => (maxValue == null ? 'relu' : maxValue === 6 ? 'relu6' : undefined),
  ELU: () => 'elu', // tfjs has only that of α = 1
  LeakyReLU: ({ alpha }) => leakyRelu(alpha),
};

/** An `Activation` of @toploss/sasp. */
const leakyRelu = (alpha: number) => ({
  reads: 'output',
  slope: (a: tf.Tensor) =>
    tf.where(tf.greater(a, 0), tf.onesLike(a), tf.fill(a.shape, alpha, 'float32')),
  range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
});
