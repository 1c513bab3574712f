import type * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import { activated, endsOf } from '../watch/ends.js';
import { check, described, type Layer, lossOf } from '../watch/model.js';
import type { LayerCall, Pass } from '../watch/pass.js';
import { headOf, readsProbabilities } from './heads.js';

/** The end of a network: its logits, and how they predict. */
export interface Prediction {
  readonly logits: tf.Tensor;
  /** `null` where the activation and the loss do not say it. */
  readonly head: Head | null;
  /** The call that made the logits. */
  readonly maker: LayerCall | undefined;
}

/** The logits of an output, from before the activation that ends it. */
export function predictionOf(pass: Pass, output: number): Prediction {
  const found = findPrediction(pass, output);
  if (typeof found === 'string') {
    const expected =
      'to come from a last layer that is dense, a convolution or an activation: linear, softmax, logSoftmax or sigmoid; or to be what the loss reads, as in a regression';
    check.reject('logits', expected, found);
  }
  return found;
}

/** From another pass. */
export const logitsAgain = (pass: Pass, output: number, of: Parameters<Pass['again']>[0] = {}) =>
  predictionOf(pass.again({ ...of, isSilent: true }), output).logits;

const links = ['linear', 'softmax', 'logSoftmax', 'sigmoid'];

/** The prediction or, where an output has no logits, what makes it. */
export function findPrediction(
  pass: Pass,
  output: number,
  x = pass.ends[output]!.yPred,
): Prediction | string {
  const last = pass.maker(x);
  if (last === undefined) {
    return 'an input';
  }
  const before = () => findPrediction(pass, output, last.inputs[0]!);
  if (keepsRows(last)) {
    const found = before();
    return typeof found === 'string'
      ? found
      : { ...found, logits: last.again(found.logits), maker: last };
  }
  const { layer, inputs, outputs, preActivations } = last;
  const k = outputs.findIndex(({ id }) => id === x.id);
  const link = linkOf(layer, k);
  const loss = lossOf(pass.model, output);
  const isKnown = link !== undefined && links.includes(link);
  if (!isKnown && readsProbabilities(loss)) {
    return described(layer);
  }
  const isActivation = ['Activation', 'Softmax'].includes(layer.getClassName());
  if (link === 'linear' && isActivation) {
    return before();
  }
  // A regression predicts what it puts out, and a loss of logits reads them, whatever made that.
  const head = headOf(isKnown ? link : 'linear', loss, x.shape.at(-1) as number);
  if (!isKnown || link === 'linear') {
    return { logits: x, head, maker: last };
  }
  const logits = (isActivation ? inputs[0] : preActivations[k]) as tf.Tensor;
  return { logits, head, maker: pass.maker(logits) };
}

/** The name of the activation that ends an output of a layer; `undefined` where it is not known to end in any. */
export function linkOf(layer: Layer, k = 0): string | undefined {
  const end = endsOf(layer)[k];
  const name = end?.getClassName() ?? '';
  if (name === 'Softmax' && end === layer) {
    return 'softmax';
  }
  return activated.includes(name)
    ? (end as unknown as { activation: Layer }).activation.getClassName()
    : undefined;
}

/** A layer that arranges the predictions, and leaves the classes of each together. */
const keepsRows = ({ layer, inputs, outputs }: LayerCall): boolean =>
  ['Flatten', 'Reshape'].includes(layer.getClassName()) &&
  inputs[0]?.shape.at(-1) === outputs[0]?.shape.at(-1);

/** Whether the logits are z = h W + b of a dense layer, with no activation in them. */
export const isDense = (
  prediction: Prediction,
): prediction is Prediction & { maker: LayerCall } => {
  const { logits, maker } = prediction;
  return (
    maker?.layer.getClassName() === 'Dense' &&
    (maker.preActivations[0] === logits || linkOf(maker.layer) === 'linear')
  );
};

/** What makes the logits, in an error message. */
export const makerOf = ({ maker }: Prediction): string =>
  maker === undefined ? 'an input' : described(maker.layer);

/** h, what the dense layer that makes the logits reads: [B, D]. */
export function featuresOf(prediction: Prediction): tf.Tensor {
  if (!isDense(prediction)) {
    const expected =
      'to be the input of a dense layer that makes the logits; take the layers of a model inside the model themselves';
    check.reject('features', expected, makerOf(prediction));
  }
  return prediction.maker.inputs[0]!;
}

/** Whether the layer that makes the logits has a bias. */
export const hasBias = ({ maker }: Prediction): boolean =>
  (maker?.layer as { bias?: unknown } | undefined)?.bias != null;
