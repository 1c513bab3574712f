import * as tf from '@tensorflow/tfjs-core';
import { reject } from '@toploss/core';
import type { Layer } from './model.js';
import { where } from './model.js';
import type { Call, Pass } from './pass.js';

/** How logits predict. */
export type Head = 'softmax' | 'sigmoid' | 'linear';

/** The end of a network: its logits, and how they predict. */
export interface Prediction {
  readonly logits: tf.Tensor;
  /** `undefined` where a loss of the user's own decides. */
  readonly head: Head | undefined;
  /** The call that made the logits. */
  readonly maker: Call | undefined;
}

const headOf: Readonly<Record<string, Head | undefined>> = {
  softmax: 'softmax',
  logSoftmax: 'softmax',
  sigmoid: 'sigmoid',
};

/**
 * The logits of an output, from before the activation that ends it.
 *
 * @param loss What `compile` was given for it: where nothing ends the output, the loss says how it predicts.
 */
export function predictionOf(pass: Pass, output: tf.Tensor, loss: unknown): Prediction {
  const last = pass.maker(output);
  const link = linkOf(last?.layer);
  if (last === undefined || (link !== 'linear' && !Object.hasOwn(headOf, link))) {
    const expected =
      'to come from a last layer that is dense or an activation: linear, softmax, logSoftmax or sigmoid';
    reject(where, 'logits', expected, last === undefined ? 'an input' : described(last.layer));
  }
  if (link === 'linear') {
    return isActivation(last.layer)
      ? predictionOf(pass, last.inputs[0] as tf.Tensor, loss)
      : { logits: output, head: headOfLoss(loss), maker: last };
  }
  const logits = (isActivation(last.layer) ? last.inputs[0] : last.preActivation) as tf.Tensor;
  return { logits, head: headOf[link], maker: pass.maker(logits) };
}

/** The name of the activation that ends a layer; '' where it is not known to end in any. */
export function linkOf(layer: Layer | undefined): string {
  switch (layer?.getClassName()) {
    case 'Dense':
    case 'Conv2D':
    case 'Activation':
      return (layer as unknown as { activation: Layer }).activation.getClassName();
    case 'Softmax':
      return 'softmax';
    default:
      return '';
  }
}

const isActivation = (layer: Layer) => ['Activation', 'Softmax'].includes(layer.getClassName());

const losses: readonly [Head, readonly unknown[]][] = [
  ['softmax', [tf.losses.softmaxCrossEntropy]],
  ['sigmoid', [tf.losses.sigmoidCrossEntropy]],
  ['linear', ['meanSquaredError', tf.losses.meanSquaredError]],
];

const headOfLoss = (loss: unknown): Head | undefined =>
  losses.find(([, known]) => known.includes(loss))?.[0];

/** h, what the dense layer that makes the logits reads: [B, D]. */
export function featuresOf({ maker }: Prediction): tf.Tensor {
  const isHead = maker?.layer.getClassName() === 'Dense';
  if (!isHead || (maker.preActivation === undefined && linkOf(maker.layer) !== 'linear')) {
    const expected = 'to be the input of a dense layer that makes the logits';
    reject(where, 'features', expected, maker === undefined ? 'an input' : described(maker.layer));
  }
  return maker.inputs[0] as tf.Tensor;
}

/** A layer in an error message. */
export const described = (layer: Layer) => `${layer.name} (${layer.getClassName()})`;
