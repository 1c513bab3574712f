import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';

/** A trunk that two tasks share, with a linear head for each. */
export interface Network {
  /** Of the trunk. */
  shared: tf.Variable[];
  /** Of each head. */
  own: readonly [tf.Variable[], tf.Variable[]];
  params: tf.Variable[];
  /** What the tasks share of an input: the output of the trunk. */
  representation: (x: tf.Tensor2D) => tf.Tensor2D;
  heads: readonly [Head, Head];
}

type Head = (representation: tf.Tensor2D) => tf.Tensor2D;

interface Layer {
  params: [tf.Variable, tf.Variable];
  apply: Head;
}

/**
 * A trunk of dense layers with tanh, whose first size is that of the input. Weights are normal, with LeCun's
 * deviation. The caller owns the parameters.
 */
export function networkOf(
  trunk: readonly number[],
  outputs: readonly [number, number],
  seed: number,
): Network {
  const { normal } = random(seed, 'weights');
  const dense = (inputs: number, width: number): Layer => {
    const values = Float32Array.from(
      { length: inputs * width },
      () => normal() / Math.sqrt(inputs),
    );
    const params = tf.tidy((): Layer['params'] => [
      tf.variable(tf.tensor2d(values, [inputs, width])),
      tf.variable(tf.zeros([width])),
    ]);
    return { params, apply: (x) => tf.add(tf.matMul(x, params[0] as tf.Tensor), params[1]) };
  };
  const layers = trunk.slice(1).map((width, k) => dense(trunk[k] as number, width));
  const top = trunk.at(-1) as number;
  const [clean, noisy] = [dense(top, outputs[0]), dense(top, outputs[1])];
  const shared = layers.flatMap(({ params }): tf.Variable[] => params);
  return {
    shared,
    own: [clean.params, noisy.params],
    params: [...shared, ...clean.params, ...noisy.params],
    representation: (x) => layers.reduce((h, { apply }) => tf.tanh(apply(h)), x),
    heads: [clean.apply, noisy.apply],
  };
}
