import type * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import { check, described } from '../watch/model.js';
import type { LayerCall, Pass, PassOptions } from '../watch/pass.js';
import { headOf, readsProbabilities } from './heads.js';

/** The end of a network: its logits, and how they predict. */
export interface Prediction {
  readonly logits: tf.Tensor;
  /** `null` where the activation and the loss don't tell. */
  readonly head: Head | null;
  /** The call that made the logits. */
  readonly maker: LayerCall;
}

/** The logits of an output: what the activation that ends the output reads. */
export function predictionOf(pass: Pass, output: number): Prediction {
  const found = findPrediction(pass, output);
  if (typeof found === 'string') {
    const expected =
      'to come from a last layer that is dense, a convolution or an activation: linear, softmax, logSoftmax or sigmoid; or to be what the loss reads, as in a regression';
    check.reject('logits', expected, found);
  }
  return found;
}

/** The logits of another pass. */
export const logitsAgain = (pass: Pass, output: number, of: PassOptions = {}): tf.Tensor =>
  predictionOf(pass.again({ ...of, isSilent: true }), output).logits;

/** The prediction or, where an output has no logits, a description of what makes the output. */
export function findPrediction(
  pass: Pass,
  output: number,
  x = pass.ends[output]!.yPred,
): Prediction | string {
  const call = pass.maker(x);
  if (call === undefined) {
    return 'an input';
  }
  const { layer, inputs, isActivation } = call;
  const before = () => findPrediction(pass, output, inputs[0]!);
  if (keepsRows(call)) {
    const found = before();
    return typeof found === 'string'
      ? found
      : { ...found, logits: call.again(found.logits), maker: call };
  }
  const activation = activationOf(call, x);
  const { lossGiven } = pass.ends[output]!;
  const isKnown = ['linear', 'softmax', 'logSoftmax', 'sigmoid'].includes(activation ?? '');
  if (!isKnown && readsProbabilities(lossGiven)) {
    return described(layer);
  }
  if (activation === 'linear' && isActivation) {
    return before();
  }
  // A regression predicts its output, and a loss of logits reads the output as logits, whatever made it.
  const head = headOf(isKnown ? activation! : 'linear', lossGiven, x.shape.at(-1)!);
  const logits = isKnown && isActivation ? inputs[0]! : x;
  const maker = pass.maker(logits);
  return maker === undefined ? 'an input' : { logits, head, maker };
}

/** The name of the activation that ends x; `undefined` where no activation is known to end it. */
export const activationOf = ({ outputs, activations }: LayerCall, x: tf.Tensor) =>
  activations[outputs.findIndex(({ id }) => id === x.id)];

/** A layer that arranges the predictions, and leaves the classes of each together. */
const keepsRows = ({ layer, inputs, outputs }: LayerCall): boolean =>
  ['Flatten', 'Reshape'].includes(layer.getClassName()) &&
  inputs[0]?.shape.at(-1) === outputs[0]?.shape.at(-1);

/** Whether the logits are z = h W + b of a dense layer, with no activation in them. */
export const isDense = ({ maker: { layer, activations } }: Prediction): boolean =>
  layer.getClassName() === 'Dense' && activations[0] === 'linear';

/** h, the input of the dense layer that makes the logits: [B, D]. */
export function featuresOf(prediction: Prediction): tf.Tensor {
  const { layer, inputs } = prediction.maker;
  if (!isDense(prediction)) {
    const expected =
      'to be the input of a dense layer that makes the logits; take the layers of a model inside the model themselves';
    check.reject('features', expected, described(layer));
  }
  return inputs[0]!;
}

/** Whether the layer that makes the logits has a bias. */
export const hasBias = ({ maker }: Prediction): boolean =>
  (maker.layer as { bias?: unknown }).bias != null;
