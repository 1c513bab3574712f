import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '@toploss/examples/backend';
import { random } from '@toploss/examples/random';
import { table } from '@toploss/examples/table';
import {
  type ConvLayer,
  type SequentialLayer,
  saspNetworkPenalty,
  sequential,
} from '@toploss/sasp';
import { setsOf } from '../problems.js';
import type { Study } from './study.js';

const EXAMPLES = 20;
const EPOCHS = [0, 5, 20];

/** 8×8 digits, two convolutions of 3×3, padded. */
const ARCHITECTURES: Record<
  string,
  { shapes: number[][]; layers: (theta: tf.Tensor[]) => SequentialLayer[] }
> = {
  'max pooling, flattened, dense 32': {
    shapes: [[3, 3, 1, 8], [8], [3, 3, 8, 16], [16], [256, 32], [32], [32, 10], [10]],
    layers: (theta) => [
      conv(theta, 0),
      conv(theta, 2),
      { pool: 'max', size: 2 },
      { ...dense(theta, 4), activation: 'relu' },
      dense(theta, 6),
    ],
  },
  'max pooling between, global average pooling': {
    shapes: [[3, 3, 1, 8], [8], [3, 3, 8, 16], [16], [16, 10], [10]],
    layers: (theta) => [
      conv(theta, 0),
      { pool: 'max', size: 2 },
      conv(theta, 2),
      { pool: 'avg', size: 4 },
      dense(theta, 4),
    ],
  },
};

const conv = (theta: tf.Tensor[], k: number) => ({
  kernel: theta[k] as tf.Tensor4D,
  bias: theta[k + 1] as tf.Tensor1D,
  activation: 'relu' as const,
  pad: 'same' as const,
});
const dense = (theta: tf.Tensor[], k: number) => ({
  kernel: theta[k] as tf.Tensor2D,
  bias: theta[k + 1] as tf.Tensor1D,
});

/**
 * What the trace of a convolutional network is made of, and what two cheaper forms would make of it: the dense
 * tail alone, and for every convolution the sum over positions of ‖δ‖²(‖patch‖² + 1).
 */
async function report(quick: boolean): Promise<string> {
  await useBackend('cpu'); // wasm has no gradient of a convolution's kernel
  const rows = Object.entries(ARCHITECTURES).flatMap(([name, { shapes, layers }]) => {
    const { normal, permutation } = random(1, 'weights');
    const theta = shapes.map((shape) => {
      const size = shape.reduce((a, b) => a * b);
      const scale = shape.length === 1 ? 0 : Math.sqrt(2 / (size / (shape.at(-1) as number)));
      return tf.variable(
        tf.tensor(
          Float32Array.from({ length: size }, () => scale * normal()),
          shape,
        ),
      );
    });
    const model = sequential(layers(theta));
    const { training } = setsOf({ data: 'digits', training: 500, noise: 0.2 }, 1);
    const images = tf.reshape(training.x, [-1, 8, 8, 1]) as tf.Tensor4D;
    const optimizer = tf.train.adam(5e-3, 0.9, 0.999, 1e-7);

    let epoch = 0;
    return EPOCHS.slice(0, quick ? 1 : undefined).map((epochs) => {
      for (; epoch < epochs; epoch++) {
        const order = permutation(500);
        for (let start = 0; start < 500; start += 50) {
          tf.tidy(() => {
            const batch = tf.tensor1d(order.slice(start, start + 50), 'int32');
            const loss = () =>
              tf.losses.softmaxCrossEntropy(
                tf.gather(training.y, batch),
                model(tf.gather(images, batch)).logits,
              ) as tf.Scalar;
            optimizer.minimize(loss, false, theta);
          });
        }
      }
      const few = tf.slice(images, 0, EXAMPLES);
      const { all, tail, positions } = tracesOf(layers(theta), few);
      const percent = (x: number) => `${((100 * x) / all).toFixed(0)} %`;
      return [`${name}, after ${epochs} epochs`, all.toFixed(1), percent(tail), percent(positions)];
    });
  });
  return table(['', 'exact trace', 'dense tail alone', 'tail and sums over positions'], rows);
}

function tracesOf(specification: readonly SequentialLayer[], images: tf.Tensor4D) {
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
    for (const [l, layer] of layers.entries()) {
      if (isConv(layer)) {
        const ones = tf.ones([3, 3, layer.input.shape[3], 1]) as tf.Tensor4D;
        const patches = tf.add(tf.conv2d(tf.square(layer.input), ones, 1, 'same'), 1);
        for (let c = 0; c < 10; c++) {
          const u = tf.mul(tf.sqrt(tf.slice(p, [0, c], [-1, 1])), tf.sub(tf.oneHot(c, 10), p));
          // δ, at every position, by tfjs' own differentiation of ⟨u, z⟩
          const delta = tf.grad((shift) =>
            tf.sum(tf.mul(u, shiftedLogits(specification, images, l, shift))),
          )(tf.zeros([...layer.input.shape.slice(0, 3), layer.kernel.shape[3]]));
          const sizes = tf.sum(tf.square(delta), 3, true);
          positions += value(tf.sum(tf.mul(sizes, patches))) / images.shape[0];
        }
      }
    }
    return { all: value(saspNetworkPenalty(logits, layers, options)), tail, positions };
  });
}

/** The network in plain operations, with something added before an activation. */
function shiftedLogits(
  specification: readonly SequentialLayer[],
  images: tf.Tensor4D,
  at: number,
  shift: tf.Tensor,
): tf.Tensor {
  let x: tf.Tensor = images;
  for (const [l, layer] of specification.entries()) {
    if ('pool' in layer) {
      const { pool, size } = layer;
      x = (pool === 'max' ? tf.maxPool : tf.avgPool)(x as tf.Tensor4D, size, size, 'valid');
    } else if ('kernel' in layer) {
      const { kernel, bias, activation } = layer;
      const s =
        kernel.rank === 4
          ? tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same')
          : tf.matMul(tf.reshape(x, [images.shape[0], -1]), kernel as tf.Tensor2D);
      const shifted = tf.add(s, bias as tf.Tensor);
      const sum = l === at ? tf.add(shifted, shift) : shifted;
      x = activation === 'relu' ? tf.relu(sum) : sum;
    }
  }
  return x;
}

export const convolutions: Study = { name: 'convolutions', report };
