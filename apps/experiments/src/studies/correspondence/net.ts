import * as tf from '@tensorflow/tfjs-core';
import { RATE } from './iterates.js';
import { SHAPES } from './network.js';
import type { Example } from './problem.js';
import type { Vector } from './vector.js';

/** The same net in tfjs. */
export interface Net {
  params: tf.Variable[];
  optimizer: tf.Optimizer;
  /** Of some of the examples; of all without a choice. */
  forward(from?: number, count?: number): Outputs;
}

interface Outputs {
  loss: tf.Scalar;
  logits: tf.Tensor2D;
  features: tf.Tensor2D;
  targets: tf.Tensor2D;
}

export function tfjsNetOf(
  examples: readonly Example[],
  start: Vector,
): { net: Net; dispose(): void } {
  let offset = 0;
  const params = SHAPES.map((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const values = start.slice(offset, offset + size);
    offset += size;
    return tf.tidy(() => tf.variable(tf.tensor(values, [...shape])));
  });
  const [w1, b1, w2, b2] = params as unknown as [
    tf.Tensor2D,
    tf.Tensor1D,
    tf.Tensor2D,
    tf.Tensor1D,
  ];
  const x = tf.tensor2d(examples.map((example) => [...example.x]));
  const y = tf.tensor2d(examples.map((example) => [...example.y]));
  const optimizer = tf.train.sgd(RATE);
  return {
    net: {
      params,
      optimizer,
      forward(from = 0, count = examples.length) {
        const targets = tf.slice(y, from, count);
        const features = tf.tanh(
          tf.add(tf.matMul(tf.slice(x, from, count), w1), b1),
        ) as tf.Tensor2D;
        const logits = tf.add(tf.matMul(features, w2), b2) as tf.Tensor2D;
        const loss = tf.losses.softmaxCrossEntropy(targets, logits) as tf.Scalar;
        return { loss, logits, features, targets };
      },
    },
    dispose() {
      optimizer.dispose();
      tf.dispose([params, x, y]);
    },
  };
}
