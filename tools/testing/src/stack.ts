import * as tf from '@tensorflow/tfjs-core';

type Applied = (s: tf.Tensor) => tf.Tensor;

/** φ, by the names that `saspNetwork` knows. */
export const applied = {
  linear: (s) => s,
  relu: (s) => tf.relu(s),
  relu6: (s) => tf.relu6(s),
  leakyRelu: (s) => tf.leakyRelu(s, 0.2),
  elu: (s) => tf.elu(s),
  selu: (s) => tf.selu(s),
  tanh: (s) => tf.tanh(s),
  sigmoid: (s) => tf.sigmoid(s),
  softplus: (s) => tf.softplus(s),
  swish: (s) => tf.mul(s, tf.sigmoid(s)),
  gelu: (s) => tf.mul(tf.mul(0.5, s), tf.add(1, tf.erf(tf.mul(Math.SQRT1_2, s)))),
} as const satisfies Record<string, Applied>;

export type AppliedName = keyof typeof applied;

/** A dense layer, and what dropout multiplies its input by. */
export interface StackLayer<Name extends AppliedName = AppliedName> {
  readonly kernel: tf.Tensor;
  readonly bias?: tf.Tensor | undefined;
  readonly activation?: Name | undefined;
  readonly dropout?: tf.Tensor | undefined;
}

/** What `saspNetwork` reads of such a layer. */
export interface ReadLayer<Name extends AppliedName = AppliedName> {
  input: tf.Tensor2D;
  kernel: tf.Tensor2D;
  activation?: Name;
  preActivation?: tf.Tensor;
  includeBias?: false;
  dropout?: tf.Tensor;
}

/** Their outputs do not determine the slope. */
const readsPreActivation = (name: AppliedName | undefined) => name === 'swish' || name === 'gelu';

/** Dense layers, one after the other: from a batch to the logits, the features and the layers. */
export const stackOf =
  <Name extends AppliedName>(specification: readonly StackLayer<Name>[]) =>
  (x: tf.Tensor) => {
    const layers: ReadLayer<Name>[] = [];
    let output = x as tf.Tensor2D;
    for (const [l, { kernel, bias, activation, dropout }] of specification.entries()) {
      const input = dropout ? tf.mul<tf.Tensor2D>(output, dropout) : output;
      const product = tf.matMul(input, kernel as tf.Tensor2D);
      const preActivation = bias ? tf.add<tf.Tensor2D>(product, bias) : product;
      const isHidden = l < specification.length - 1;
      layers.push({
        input,
        kernel: kernel as tf.Tensor2D,
        ...(isHidden && activation && { activation }),
        ...(isHidden && readsPreActivation(activation) && { preActivation }),
        ...(bias === undefined && { includeBias: false }),
        ...(dropout && { dropout }),
      });
      output = applied[isHidden ? (activation ?? 'linear') : 'linear'](
        preActivation,
      ) as tf.Tensor2D;
    }
    return { logits: output, features: layers.at(-1)?.input as tf.Tensor2D, layers };
  };
