import type * as tf from '@tensorflow/tfjs-core';
import type { Head, WithPullback } from '@toploss/core/kit';
import type { Scale } from '../trace/scale.js';
import type { Activation } from './activations.js';
import { checkRange, type DenseLayer } from './layers.js';

/** What a layer reads, and how: its share of the trace is measured by it. */
export interface Reader {
  /** a: [B, fanIn] */
  readonly input: tf.Tensor2D;
  /** W: [fanIn, fanOut] */
  readonly kernel: tf.Tensor2D;
  /** Whether the bias counts. None does in the relative trace, whose unit is the root mean square ρ of each kernel. */
  readonly includeBias: boolean;
}

/** A hidden layer as the layer behind it reads its output, with what was dropped. */
export interface Hidden extends Reader {
  /** What dropout multiplied the output by. */
  readonly dropout?: tf.Tensor | undefined;
  /** What φ′ is computed from where that is not the output. */
  readonly preActivation?: tf.Tensor | undefined;
  readonly activation: Activation;
}

/** A stack of dense layers, and what it is measured with. */
export interface Stack {
  readonly head: Head;
  readonly logits: tf.Tensor2D;
  /** ξ: [B, C] */
  readonly xi: tf.Tensor;
  readonly first: Reader;
  /** First to last. */
  readonly hidden: readonly Hidden[];
  readonly scale: Scale;
  /** 1 for the rows that count, else 0: [B, 1]; default all. */
  readonly counts?: tf.Tensor | undefined;
}

/** The first layer, and the hidden ones as the layers behind them see them. */
export function stackOf(
  layers: readonly DenseLayer[],
  activations: readonly Activation[],
  countsBiases: boolean,
): Pick<Stack, 'first' | 'hidden'> {
  const readers = layers.map((layer) => ({
    ...layer,
    includeBias: countsBiases && layer.includeBias !== false,
  }));
  const hidden = readers.slice(1).map((reader, l): Hidden => {
    const activation = activations[l] as Activation;
    if (activation.reads === 'preActivation') {
      return { ...reader, activation, preActivation: layers[l]?.preActivation };
    }
    checkRange(l + 1, reader, activation);
    return { ...reader, activation, preActivation: undefined };
  });
  return { first: readers[0] as Reader, hidden };
}

/** What the trace is differentiated by: the logits, S of the first layer, and the tensors of the hidden ones. */
export const argumentsOf = ({ logits, hidden }: Stack, first: tf.Tensor): tf.Tensor[] => [
  logits,
  first,
  ...hidden.flatMap(({ input, kernel, preActivation }) =>
    preActivation ? [input, kernel, preActivation] : [input, kernel],
  ),
];

/** T, and its gradients in the order of `argumentsOf`. */
export type Traced = WithPullback;
