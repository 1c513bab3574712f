import * as tf from '@tensorflow/tfjs-core';
import {
  type ConvLayer,
  type SequentialLayer,
  saspNetworkPenalty,
  sequential,
} from '@toploss/sasp';
import { shiftedLogits } from './shifted-logits.js';

export interface Traces {
  /** Of the Gauss–Newton matrix over all weights. */
  exact: number;
  /** The share of the dense layers behind the convolutions. */
  tail: number;
  /** With it, for every convolution, the sum over positions of ‖δ‖²(‖patch‖² + 1), as if each had a kernel of its own. */
  positions: number;
}

/** What the trace of a convolutional network is made of, and what two cheaper forms would make of it. */
export function tracesOf(specification: readonly SequentialLayer[], images: tf.Tensor4D): Traces {
  return tf.tidy(() => {
    const { logits, layers } = sequential(specification)(images);
    const options = { exact: true, fraction: 1, root: false };
    const value = (x: tf.Tensor) => x.dataSync()[0] as number;
    const isConv = (layer: object): layer is ConvLayer =>
      'kernel' in layer && (layer as ConvLayer).kernel.rank === 4;
    const firstDense = layers.map(isConv).lastIndexOf(true) + 2; // behind the pool
    const tail = value(saspNetworkPenalty(logits, layers.slice(firstDense), options));

    let positions = tail;
    const p = tf.softmax(logits);
    const classes = p.shape[1] as number;
    for (const [l, layer] of layers.entries()) {
      if (isConv(layer)) {
        const ones = tf.ones([3, 3, layer.input.shape[3], 1]) as tf.Tensor4D;
        const patches = tf.add(tf.conv2d(tf.square(layer.input), ones, 1, 'same'), 1);
        const shape = [...layer.input.shape.slice(0, 3), layer.kernel.shape[3]];
        for (let c = 0; c < classes; c++) {
          // Of these classes' probes u = √p_c (e_c − p) is Σ u uᵀ = diag p − p pᵀ
          const u = tf.mul(tf.sqrt(tf.slice(p, [0, c], [-1, 1])), tf.sub(tf.oneHot(c, classes), p));
          // δ, at every position, by tfjs' own differentiation of ⟨u, z⟩
          const delta = tf.grad((shift) =>
            tf.sum(tf.mul(u, shiftedLogits(specification, images, l, shift))),
          )(tf.zeros(shape));
          const sizes = tf.sum(tf.square(delta), 3, true);
          positions += value(tf.sum(tf.mul(sizes, patches))) / images.shape[0];
        }
      }
    }
    return { exact: value(saspNetworkPenalty(logits, layers, options)), tail, positions };
  });
}
