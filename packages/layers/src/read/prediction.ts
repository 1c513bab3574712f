import type * as tf from '@tensorflow/tfjs-core';
import { type Head, reject } from '@toploss/core/kit';
import { activated, endsOf } from '../watch/ends.js';
import type { Layer } from '../watch/model.js';
import { where } from '../watch/model.js';
import type { Call, Pass } from '../watch/pass.js';
import { headOf, readsProbabilities } from './heads.js';

/** The end of a network: its logits, and how they predict. */
export interface Prediction {
  readonly logits: tf.Tensor;
  /** `null` where the activation and the loss do not say it. */
  readonly head: Head | null;
  /** The call that made the logits. */
  readonly maker: Call | undefined;
}

const links = ['linear', 'softmax', 'logSoftmax', 'sigmoid'];

/**
 * The logits of an output, from before the activation that ends it.
 *
 * @param loss What `compile` was given for it.
 */
export function predictionOf(pass: Pass, output: tf.Tensor, loss: unknown): Prediction {
  const expected =
    'to come from a last layer that is dense, a convolution or an activation: linear, softmax, logSoftmax or sigmoid; or to be what the loss reads, as in a regression';
  const last = pass.maker(output) ?? reject(where, 'logits', expected, 'an input');
  const classes = output.shape.at(-1) as number;
  if (keepsRows(last)) {
    const { logits, head } = predictionOf(pass, last.inputs[0] as tf.Tensor, loss);
    return { logits: last.again(logits), head, maker: last };
  }
  const k = last.outputs.findIndex(({ id }) => id === output.id);
  const link = linkOf(last.layer, k);
  if (link === undefined || !links.includes(link)) {
    // A regression predicts what it puts out, and a loss of logits reads them, whatever made that.
    return readsProbabilities(loss)
      ? reject(where, 'logits', expected, described(last.layer))
      : { logits: output, head: headOf('linear', loss, classes), maker: last };
  }
  const head = headOf(link, loss, classes);
  if (link === 'linear') {
    return isActivation(last.layer)
      ? predictionOf(pass, last.inputs[0] as tf.Tensor, loss)
      : { logits: output, head, maker: last };
  }
  const logits = (isActivation(last.layer) ? last.inputs[0] : last.preActivations[k]) as tf.Tensor;
  return { logits, head, maker: pass.maker(logits) };
}

/** The name of the activation that ends an output of a layer; `undefined` where it is not known to end in any. */
export function linkOf(layer: Layer, k = 0): string | undefined {
  const end = endsOf(layer)[k];
  if (end === undefined) {
    return undefined;
  }
  const name = end.getClassName();
  if (name === 'Softmax' && end === layer) {
    return 'softmax';
  }
  return activated.includes(name)
    ? (end as unknown as { activation: Layer }).activation.getClassName()
    : undefined;
}

/** A layer that arranges the predictions, and leaves the classes of each together. */
const keepsRows = ({ layer, inputs, outputs }: Call): boolean =>
  ['Flatten', 'Reshape'].includes(layer.getClassName()) &&
  inputs[0]?.shape.at(-1) === outputs[0]?.shape.at(-1);

const isActivation = (layer: Layer) => ['Activation', 'Softmax'].includes(layer.getClassName());

/** Whether the logits are z = h W + b of a dense layer, with no activation in them. */
export const isDense = (prediction: Prediction): prediction is Prediction & { maker: Call } => {
  const { logits, maker } = prediction;
  return (
    maker?.layer.getClassName() === 'Dense' &&
    (maker.preActivations[0] === logits || linkOf(maker.layer) === 'linear')
  );
};

/** h, what the dense layer that makes the logits reads: [B, D]. */
export function featuresOf(prediction: Prediction): tf.Tensor {
  const { maker } = prediction;
  if (!isDense(prediction)) {
    const expected =
      'to be the input of a dense layer that makes the logits; take the layers of a model inside the model themselves';
    reject(where, 'features', expected, maker === undefined ? 'an input' : described(maker.layer));
  }
  return prediction.maker.inputs[0] as tf.Tensor;
}

/** Whether the layer that makes the logits has a bias. */
export const hasBias = ({ maker }: Prediction): boolean =>
  (maker?.layer as { bias?: unknown } | undefined)?.bias != null;

/** A layer in an error message. */
export const described = (layer: Layer) => `${layer.name} (${layer.getClassName()})`;
