import type * as tf from '@tensorflow/tfjs-core';
import type { Head, WithPullback } from '@toploss/core/kit';
import type { Activation } from './activations.js';
import { checkRange, type DenseLayer } from './layers.js';
import type { Measure } from './measure.js';

/** A hidden layer as the layer behind it sees it. */
export interface Hidden {
  /** a, its output as the layer behind it reads it, with what was dropped: [B, w] */
  input: tf.Tensor2D;
  /** What dropout multiplied it by. */
  dropout?: tf.Tensor | undefined;
  /** What φ′ is computed from where that is not a. */
  preActivation?: tf.Tensor | undefined;
  activation: Activation;
  /** W of the layer behind it: [w, fanOut] */
  kernel: tf.Tensor2D;
  /** Whether that layer has a bias. */
  includeBias?: boolean;
}

/** A stack of dense layers, and what it is measured with. */
export interface Stack {
  readonly head: Head;
  readonly logits: tf.Tensor2D;
  /** ξ: [B, C] */
  readonly xi: tf.Tensor;
  readonly first: DenseLayer;
  /** First to last. */
  readonly hidden: readonly Hidden[];
  readonly measure: Measure;
  /** 1 for the rows that count, else 0: [B, 1]; default all. */
  readonly counts?: tf.Tensor | undefined;
}

/** The first layer, and the hidden ones as the layers behind them see them. */
export function stackOf(
  layers: readonly DenseLayer[],
  activations: readonly Activation[],
): Pick<Stack, 'first' | 'hidden'> {
  const hidden = layers.slice(1).map((layer, l): Hidden => {
    const activation = activations[l] as Activation;
    if (activation.reads === 'preActivation') {
      return { ...layer, activation, preActivation: layers[l]?.preActivation };
    }
    checkRange(l + 1, layer, activation);
    return { ...layer, activation, preActivation: undefined };
  });
  return { first: layers[0] as DenseLayer, hidden };
}

/** T, and the gradients by the logits, S of the first layer, inputs and kernels of the others, and pre-activations. */
export type Traced = WithPullback;
