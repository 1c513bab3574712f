import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  chain,
  compiled,
  concatenate,
  conv,
  custom,
  dense,
  flatten,
  functional,
  input,
  type Specimen,
  type Specimens,
  stack,
} from './kit.js';

const { layers } = tfl;
const relu = { activation: 'relu' } as const;
const same = { padding: 'same' } as const;
const image = { inputShape: [6, 6, 1] };
const onImages = (make: () => tfl.LayersModel, rest: Partial<Specimen> = {}): Specimen => ({
  make,
  notOnWasm: true,
  ...rest,
});
const pool = () => layers.maxPooling2d({ poolSize: 2 });
const normalize = () => layers.batchNormalization();

let names = 0;
function uniqueName(prefix: string): string {
  names += 1;
  return `${prefix}_${names}`;
}

/** The features of a convolution network, frozen or not. */
const features = () =>
  stack(
    conv(3, 3, { ...image, ...relu, ...same }),
    conv(3, 3, { ...relu, name: uniqueName('fine_tuned') }),
    pool(),
  );

/** Depthwise and pointwise, each with batch normalization and ReLU6. */
const separable = (filters: number) => [
  layers.depthwiseConv2d({ kernelSize: 3, ...same, useBias: false }),
  normalize(),
  layers.reLU({ maxValue: 6 }),
  conv(filters, 1, { useBias: false }),
  normalize(),
  layers.reLU({ maxValue: 6 }),
];

/** Centered, and both halves of it side by side. */
const antirectifier = () =>
  custom(
    (x) => {
      const centered = tf.sub(x, tf.mean(x, [1, 2, 3], true));
      return tf.concat([tf.relu(centered), tf.relu(tf.neg(centered))], 3);
    },
    ([rows, height, width, channels]) => [
      rows ?? null,
      height as number,
      width as number,
      2 * (channels as number),
    ],
  );

/** Of tfjs-examples. */
export const examples: Specimens = {
  'mnist: convolutions': onImages(() =>
    compiled(
      stack(
        conv(4, 3, { ...image, ...relu }),
        layers.maxPooling2d({ poolSize: 2, strides: 2 }),
        flatten(),
        dense(5, 'relu'),
        dense(4, 'softmax'),
      ),
      undefined,
      'rmsprop',
    ),
  ),
  'mnist in Node: two convolutions, dropout': onImages(() =>
    compiled(
      stack(
        conv(3, 2, { ...image, ...relu }),
        conv(3, 2, relu),
        pool(),
        flatten(),
        layers.dropout({ rate: 0.25 }),
        dense(6, 'relu'),
        layers.dropout({ rate: 0.5 }),
        dense(4, 'softmax'),
      ),
    ),
  ),
  'mnist, transferred: frozen features': onImages(() => {
    const model = stack(
      conv(3, 3, { ...image, ...relu }),
      pool(),
      layers.dropout({ rate: 0.25 }),
      flatten(),
      dense(5, 'relu'),
      layers.dropout({ rate: 0.5 }),
      dense(4, 'softmax'),
    );
    for (const layer of model.layers.slice(0, 4)) {
      layer.trainable = false;
    }
    return compiled(model, undefined, tf.train.adam(0.01));
  }),
  'a layer of the user’s: antirectifier': onImages(() =>
    compiled(
      stack(
        conv(3, 3, image),
        antirectifier(),
        conv(2, 2),
        antirectifier(),
        flatten(),
        dense(4, 'softmax'),
      ),
    ),
  ),
  'quantization: fashion': onImages(() =>
    compiled(
      stack(
        layers.batchNormalization(image),
        conv(3, 2, { ...same, ...relu }),
        pool(),
        layers.dropout({ rate: 0.1 }),
        flatten(),
        dense(6, 'relu'),
        normalize(),
        dense(4, 'softmax'),
      ),
    ),
  ),
  'snake: values of actions': onImages(() =>
    compiled(
      stack(
        conv(3, 2, { ...image, ...relu }),
        normalize(),
        conv(3, 2, relu),
        flatten(),
        dense(5, 'relu'),
        layers.dropout({ rate: 0.25 }),
        dense(3),
      ),
      'meanSquaredError',
    ),
  ),
  'simple object detection: a loss of the user': onImages(
    () => {
      const base = features();
      for (const layer of base.layers) {
        layer.trainable = layer.name.startsWith('fine_tuned');
      }
      const head = stack(
        flatten({ inputShape: base.outputs[0]?.shape.slice(1) as number[] }),
        dense(6, 'relu'),
        dense(5),
      );
      const outputs = chain(base.outputs[0] as tfl.SymbolicTensor, head);
      return functional(base.inputs, outputs, (y: tf.Tensor, z: tf.Tensor) =>
        tfl.metrics.meanSquaredError(tf.mul(y, [6, 1, 1, 1, 1]), z),
      );
    },
    { head: 'linear' },
  ),
  'mobilenet: depthwise and pointwise': onImages(() =>
    compiled(
      stack(
        layers.zeroPadding2d({ padding: [1, 1], ...image }),
        conv(3, 3, { strides: 2, useBias: false }),
        normalize(),
        layers.reLU({ maxValue: 6 }),
        ...separable(4),
        layers.globalAveragePooling2d({}),
        layers.reshape({ targetShape: [1, 1, 4] }),
        layers.dropout({ rate: 0.1 }),
        conv(4, 1),
        layers.reshape({ targetShape: [4] }),
        layers.activation({ activation: 'softmax' }),
      ),
    ),
  ),
};

/** Of tutorials and papers. */
export const others: Specimens = {
  'a residual network': onImages(() => {
    const x = input(6, 6, 1);
    const stem = chain(x, conv(3, 3, same), normalize(), layers.reLU());
    const block = chain(
      stem,
      conv(3, 3, same),
      normalize(),
      layers.reLU(),
      conv(3, 3, same),
      normalize(),
    );
    const sum = chain([stem, block], layers.add(), layers.reLU());
    return functional(x, chain(sum, layers.globalAveragePooling2d({}), dense(4, 'softmax')));
  }),
  'dense connections': onImages(() => {
    const x = input(6, 6, 1);
    const first = chain([x, chain(x, conv(2, 3, { ...same, ...relu }))], concatenate());
    const second = chain([first, chain(first, conv(2, 3, { ...same, ...relu }))], concatenate());
    return functional(
      x,
      chain(second, layers.averagePooling2d({ poolSize: 2 }), flatten(), dense(3, 'softmax')),
    );
  }),
  'kernels of several sizes': onImages(() => {
    const x = input(6, 6, 1);
    const branches = [1, 3].map((size) => chain(x, conv(2, size, { ...same, ...relu })));
    const pooled = chain(x, layers.maxPooling2d({ poolSize: 3, strides: 1, ...same }), conv(2, 1));
    return functional(
      x,
      chain(
        [...branches, pooled],
        concatenate(),
        layers.globalMaxPooling2d({}),
        dense(3, 'softmax'),
      ),
    );
  }),
  'squeeze and excitation': onImages(() => {
    const x = input(6, 6, 1);
    const maps = chain(x, conv(4, 3, relu));
    const gate = chain(
      maps,
      layers.globalAveragePooling2d({}),
      dense(2, 'relu'),
      dense(4, 'sigmoid'),
      layers.reshape({ targetShape: [1, 1, 4] }),
      layers.upSampling2d({ size: [4, 4] }),
    );
    return functional(x, chain([maps, gate], layers.multiply(), flatten(), dense(3, 'softmax')));
  }),
  'all convolutions, the classes pooled': onImages(() =>
    compiled(
      stack(
        conv(4, 3, { ...image, ...relu }),
        conv(3, 1),
        layers.globalAveragePooling2d({}),
        layers.activation({ activation: 'softmax' }),
      ),
    ),
  ),
  'separable convolutions': onImages(() =>
    compiled(
      stack(
        layers.separableConv2d({ filters: 4, kernelSize: 3, ...relu, ...image }),
        layers.dropout({ rate: 0.2 }),
        flatten(),
        dense(3, 'softmax'),
      ),
    ),
  ),
  'a U-net: a label for each pixel': onImages(() => {
    const x = input(6, 6, 1);
    const down = chain(x, conv(3, 3, { ...same, ...relu }));
    const bottom = chain(down, pool(), conv(4, 3, { ...same, ...relu }));
    const up = chain(
      bottom,
      layers.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 2, ...relu }),
    );
    const pixels = chain([up, down], concatenate(), conv(1, 1, { activation: 'sigmoid' }));
    return functional(x, pixels, 'binaryCrossentropy');
  }),
  'an autoencoder of images': onImages(() =>
    compiled(
      stack(
        conv(3, 3, { ...image, ...relu, ...same, strides: 2 }),
        conv(2, 3, { ...relu, ...same }),
        layers.upSampling2d({ size: [2, 2] }),
        conv(1, 3, { ...same, activation: 'sigmoid' }),
      ),
      'meanSquaredError',
    ),
  ),
  'super-resolution, its pixels reordered by the user': onImages(() => {
    const shuffle = custom(
      (x) => {
        const [rows, height, width] = x.shape as [number, number, number];
        const blocks = tf.reshape(x, [rows, height, width, 2, 2]);
        return tf.reshape(tf.transpose(blocks, [0, 1, 3, 2, 4]), [rows, 2 * height, 2 * width, 1]);
      },
      ([rows, height, width]) => [rows ?? null, 2 * (height as number), 2 * (width as number), 1],
    );
    return compiled(stack(conv(4, 3, { ...image, ...same }), shuffle), 'meanAbsoluteError');
  }),
  'cropped and permuted': onImages(() =>
    compiled(
      stack(
        layers.cropping2D({
          cropping: [
            [1, 1],
            [1, 1],
          ],
          ...image,
        }),
        layers.permute({ dims: [2, 1, 3] }),
        conv(3, 2, relu),
        flatten(),
        dense(3, 'softmax'),
      ),
    ),
  ),
  PReLU: onImages(() =>
    compiled(stack(conv(3, 3, image), layers.prelu({}), flatten(), dense(3, 'softmax'))),
  ),
  volumes: onImages(() =>
    compiled(
      stack(
        layers.conv3d({ filters: 2, kernelSize: 2, inputShape: [3, 3, 3, 1], ...relu }),
        flatten(),
        dense(3, 'softmax'),
      ),
    ),
  ),
  'layer normalization': onImages(() =>
    compiled(
      stack(
        conv(3, 3, image),
        layers.layerNormalization({}),
        layers.reLU(),
        flatten(),
        dense(3, 'softmax'),
      ),
    ),
  ),
};
