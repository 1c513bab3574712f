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

const headOf: ReadonlyMap<string | undefined, Head> = new Map([
  ['softmax', 'softmax'],
  ['logSoftmax', 'softmax'],
  ['sigmoid', 'sigmoid'],
]);

/**
 * The logits of an output, from before the activation that ends it.
 *
 * @param loss What `compile` was given for it: where nothing ends the output, the loss says how it predicts.
 */
export function predictionOf(pass: Pass, output: tf.Tensor, loss: unknown): Prediction {
  const expected =
    'to come from a last layer that is dense or an activation: linear, softmax, logSoftmax or sigmoid';
  const last = pass.maker(output) ?? reject(where, 'logits', expected, 'an input');
  const link = linkOf(last.layer);
  if (link !== 'linear' && !headOf.has(link)) {
    reject(where, 'logits', expected, described(last.layer));
  }
  if (link === 'linear') {
    return isActivation(last.layer)
      ? predictionOf(pass, last.inputs[0] as tf.Tensor, loss)
      : { logits: output, head: headOfLoss(loss), maker: last };
  }
  const logits = (isActivation(last.layer) ? last.inputs[0] : last.preActivation) as tf.Tensor;
  return { logits, head: headOf.get(link), maker: pass.maker(logits) };
}

/** The name of the activation that ends a layer; `undefined` where it is not known to end in any. */
export function linkOf(layer: Layer): string | undefined {
  const name = layer.getClassName();
  if (name === 'Softmax') {
    return 'softmax';
  }
  return ['Dense', 'Conv2D', 'Activation'].includes(name)
    ? (layer as unknown as { activation: Layer }).activation.getClassName()
    : undefined;
}

const isActivation = (layer: Layer) => ['Activation', 'Softmax'].includes(layer.getClassName());

const losses: readonly [Head, readonly unknown[]][] = [
  ['softmax', [tf.losses.softmaxCrossEntropy]],
  ['sigmoid', [tf.losses.sigmoidCrossEntropy]],
  ['linear', ['meanSquaredError', tf.losses.meanSquaredError]],
];

const headOfLoss = (loss: unknown): Head | undefined =>
  losses.find(([, known]) => known.includes(loss))?.[0];

/** Whether the logits are z = h W + b of a dense layer, with no activation in them. */
export const isDense = (prediction: Prediction): prediction is Prediction & { maker: Call } => {
  const { logits, maker } = prediction;
  return (
    maker?.layer.getClassName() === 'Dense' &&
    (maker.preActivation === logits || linkOf(maker.layer) === 'linear')
  );
};

/** h, what the dense layer that makes the logits reads: [B, D]. */
export function featuresOf(prediction: Prediction): tf.Tensor {
  const { maker } = prediction;
  if (!isDense(prediction)) {
    const expected = 'to be the input of a dense layer that makes the logits';
    reject(where, 'features', expected, maker === undefined ? 'an input' : described(maker.layer));
  }
  return prediction.maker.inputs[0] as tf.Tensor;
}

/** A layer in an error message. */
export const described = (layer: Layer) => `${layer.name} (${layer.getClassName()})`;
