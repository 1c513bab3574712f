import * as tf from '@tensorflow/tfjs-core';
import { reject } from '@toploss/core/kit';
import type { Layer } from '../watch/model.js';
import { where } from '../watch/model.js';
import type { Call, Pass } from '../watch/pass.js';
import { described, isDense, linkOf, type Prediction } from './prediction.js';
import { trainedIn } from './trained.js';

/** A layer as `saspNetwork` of @toploss/sasp reads it. */
type Part = Record<string, unknown> & { input: tf.Tensor; dropout?: tf.Tensor };

/** What a layer of tfjs may say of itself. */
interface Described extends Layer {
  readonly kernel: { read(): tf.Tensor };
  readonly bias?: unknown;
  readonly alpha: number;
  readonly maxValue?: number | null;
}

/** What lies between the layer that is read next and the one read before it. */
interface Between {
  activation?: unknown;
  preActivation?: tf.Tensor;
}

/**
 * The layers of a network, first to last, as `saspNetwork` reads them: a stack of dense layers, each with its activation
 * after it and dropout before it. It is read backward from the logits, down to the first layer with weights that are
 * trained; what lies before it, a flattening too, is data.
 */
export function networkOf(pass: Pass, prediction: Prediction): Part[] {
  const { logits, maker } = prediction;
  if (!isDense(prediction)) {
    const expected = 'to end in a dense layer that makes the logits, with no activation of its own';
    reject(where, 'layers', expected, maker === undefined ? 'an input' : described(maker.layer));
  }
  if (logits.rank !== 2) {
    const expected =
      'to make logits [B, C]; leave out `via` for weight noise, which takes logits of any rank';
    reject(where, 'layers', expected, logits);
  }
  const trained = trainedIn(pass);
  const parts: Part[] = [];
  let between: Between = {};
  let x = logits;
  // Where all are frozen since `compile`, Φ is still a number.
  while (trained.has(x.id) || parts.length === 0) {
    const call = pass.maker(x) as Call;
    const { layer, inputs } = call;
    x = inputs[0] as tf.Tensor;
    const activation = activationOf(layer);
    if (pass.calls.filter((other) => other.layer === layer).length > 1) {
      refuse(layer);
    } else if (activation !== undefined) {
      between = between.activation === undefined ? { activation, preActivation: x } : refuse(layer);
    } else if (layer.getClassName() === 'Dropout') {
      drop(parts[0] as Part, call, between);
    } else {
      parts.unshift(partOf(call, between, parts.length === 0));
      between = {};
    }
  }
  return parts;
}

/** How `saspNetwork` measures a model: by the closed form of its layers, or by shaking its weights. */
export type Way = 'layers' | 'weights';

/** `'layers'` where the closed form is that of the whole way to the logits. */
export function wayOf(pass: Pass, prediction: Prediction): Way {
  if (prediction.maker === undefined) {
    return 'layers'; // of an input, which no weights move: it is refused
  }
  try {
    return networkOf(pass, prediction).every(isKnown) ? 'layers' : 'weights';
  } catch {
    return 'weights';
  }
}

/** The activations of @toploss/sasp. */
const known = [
  ...['linear', 'relu', 'relu6', 'leakyRelu', 'elu', 'selu'],
  ...['tanh', 'sigmoid', 'softplus', 'swish', 'gelu'],
];

/** Whether the closed form has this activation, if there is one, and the layer reads one row of each example. */
const isKnown = ({ input, activation }: Part): boolean =>
  (typeof activation !== 'string' || known.includes(activation)) && input.rank === 2;

function refuse(layer: Layer): never {
  const expected =
    'to be a stack of dense layers with activations after and dropout before them; leave out `via` for weight noise, which works with any layer';
  reject(where, 'layers', expected, described(layer));
}

/** φ of a layer that is an activation and nothing else. */
const activationOf = (layer: Layer): unknown =>
  activations[layer.getClassName()]?.(layer as Described);

const activations: Readonly<Record<string, (layer: Described) => unknown>> = {
  Activation: linkOf,
  ReLU: (layer) => {
    const maxValue = layer.maxValue ?? Number.POSITIVE_INFINITY;
    return relus.get(maxValue) ?? refuse(layer);
  },
  ELU: () => 'elu', // tfjs has no other than that of α = 1
  LeakyReLU: ({ alpha }) => leakyRelu(alpha),
};

/** By the largest value. */
const relus: ReadonlyMap<number, string> = new Map([
  [6, 'relu6'],
  [Number.POSITIVE_INFINITY, 'relu'],
]);

/** An `Activation` of @toploss/sasp. */
const leakyRelu = (alpha: number) => ({
  reads: 'output',
  slope: (a: tf.Tensor) =>
    tf.where(tf.greater(a, 0), tf.onesLike(a), tf.fill(a.shape, alpha, 'float32')),
  range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
});

/** The mask of a dropout layer, into the layer that reads its output. */
function drop(reader: Part, { layer, inputs, again }: Call, between: Between): void {
  if (between.activation !== undefined) {
    refuse(layer);
  }
  const mask = again(tf.onesLike(inputs[0] as tf.Tensor));
  reader.dropout = reader.dropout === undefined ? mask : tf.mul(reader.dropout, mask);
}

function partOf(
  { layer, inputs, preActivations: [s] }: Call,
  between: Between,
  isLast: boolean,
): Part {
  if (layer.getClassName() !== 'Dense') {
    refuse(layer);
  }
  const { kernel, bias } = layer as Described;
  const activation = isLast ? {} : withActivation(layer, s, between);
  return {
    input: inputs[0] as tf.Tensor,
    kernel: kernel.read(),
    includeBias: bias != null,
    ...activation,
  };
}

/** The activation of a hidden layer: its own, or that of the layer after it, but not both. */
function withActivation(layer: Layer, preActivation: tf.Tensor | undefined, between: Between) {
  const own = linkOf(layer);
  if (between.activation === undefined) {
    return { activation: own, ...(preActivation && { preActivation }) };
  }
  return own === 'linear' ? between : refuse(layer);
}
