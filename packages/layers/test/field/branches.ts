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
  type Specimens,
  stack,
} from './kit.js';

const { layers } = tfl;
const mse = 'meanSquaredError';

/** A generator of images from noise and a class. */
function generator(): tfl.LayersModel {
  const [noise, label] = [input(4), input(1)];
  const embedded = chain(label, layers.embedding({ inputDim: 3, outputDim: 4 }), flatten());
  const images = stack(
    dense(8, 'relu', { inputShape: [4] }),
    layers.reshape({ targetShape: [2, 2, 2] }),
    layers.conv2dTranspose({
      ...{ filters: 1, kernelSize: 3, strides: 2, padding: 'same', activation: 'tanh' },
    }),
  );
  return tfl.model({
    inputs: [noise, label],
    outputs: chain([noise, embedded], layers.multiply(), images),
  });
}

/** Whether an image is real, and its class. */
function discriminator(): tfl.LayersModel {
  const image = input(4, 4, 1);
  const features = chain(
    image,
    stack(
      conv(3, 3, { padding: 'same', strides: 2, inputShape: [4, 4, 1] }),
      layers.leakyReLU({ alpha: 0.2 }),
      layers.dropout({ rate: 0.3 }),
      flatten(),
    ),
  );
  const outputs = [chain(features, dense(1, 'sigmoid')), chain(features, dense(3, 'softmax'))];
  return tfl.model({ inputs: image, outputs });
}

const adversarial = ['binaryCrossentropy', 'sparseCategoricalCrossentropy'];

/** The encoder of a variational autoencoder: means, logarithms of variances, and a draw. */
function encoder(): tfl.LayersModel {
  const x = input(6);
  const hidden = chain(x, dense(4, 'relu'));
  const [mean, log] = [chain(hidden, dense(2)), chain(hidden, dense(2))];
  const draw = custom((mean, log) =>
    tf.add(
      mean as tf.Tensor,
      tf.mul(tf.exp(tf.mul(0.5, log as tf.Tensor)), tf.randomNormal((mean as tf.Tensor).shape)),
    ),
  );
  return tfl.model({ inputs: x, outputs: [mean, log, chain([mean, log], draw)] });
}

const decoder = () => stack(dense(4, 'relu', { inputShape: [2] }), dense(6, 'sigmoid'));

/** Of tfjs-examples. */
export const examples: Specimens = {
  'a GAN’s discriminator: its two outputs': {
    make: () => compiled(discriminator(), adversarial),
    notOnWasm: true,
  },
  'a GAN, its discriminator frozen and the last model': {
    make: () => {
      const [made, frozen] = [generator(), discriminator()];
      frozen.trainable = false;
      const inputs = [input(4), input(1)];
      const outputs = frozen.apply(chain(inputs, made)) as tfl.SymbolicTensor[];
      return functional(inputs, outputs, adversarial);
    },
    indices: [undefined, 3],
    notOnWasm: true,
  },
  'a variational autoencoder': {
    make: () => {
      const x = input(6);
      const [mean, log, z] = encoder().apply(x) as [
        tfl.SymbolicTensor,
        tfl.SymbolicTensor,
        tfl.SymbolicTensor,
      ];
      return functional(x, [chain(z, decoder()), mean, log], [mse, mse, mse]);
    },
  },
};

/** Of tutorials and papers. */
export const others: Specimens = {
  'twins, by a distance of the user': {
    make: () => {
      const [a, b] = [input(5), input(5)];
      const tower = stack(dense(4, 'relu', { inputShape: [5] }), dense(3, 'relu'));
      const distance = custom((a, b) => tf.abs(tf.sub(a as tf.Tensor, b as tf.Tensor)));
      const outputs = chain([chain(a, tower), chain(b, tower)], distance, dense(1, 'sigmoid'));
      return functional([a, b], outputs, 'binaryCrossentropy');
    },
  },
  'twins, by their cosine': {
    make: () => {
      const [a, b] = [input(5), input(5)];
      const tower = stack(dense(4, 'tanh', { inputShape: [5] }), dense(3));
      const outputs = chain(
        [chain(a, tower), chain(b, tower)],
        layers.dot({ axes: -1, normalize: true }),
      );
      return functional([a, b], outputs, mse);
    },
  },
  'ratings: users times films': {
    make: () => {
      const [user, film] = [input(1), input(1)];
      const embedded = [user, film].map((x) =>
        chain(x, layers.embedding({ inputDim: 6, outputDim: 3 }), flatten()),
      );
      return functional([user, film], chain(embedded, layers.dot({ axes: -1 })), mse);
    },
    indices: [6, 6],
    notOnWasm: true,
  },
  'ratings: users and films into a dense network': {
    make: () => {
      const [user, film] = [input(1), input(1)];
      const embedded = [user, film].map((x) =>
        chain(x, layers.embedding({ inputDim: 6, outputDim: 3 }), flatten()),
      );
      const outputs = chain(embedded, concatenate(), dense(4, 'relu'), dense(1, 'sigmoid'));
      return functional([user, film], outputs, 'binaryCrossentropy');
    },
    indices: [6, 6],
    notOnWasm: true,
  },
  'an image beside a table': {
    make: () => {
      const [image, row] = [input(4, 4, 1), input(3)];
      const seen = chain(image, conv(2, 3, { activation: 'relu' }), flatten());
      const outputs = chain(
        [seen, chain(row, dense(3, 'relu'))],
        concatenate(),
        dense(3, 'softmax'),
      );
      return functional([image, row], outputs);
    },
    notOnWasm: true,
  },
  'an actor and its critic': {
    make: () => {
      const x = input(4);
      const hidden = chain(x, dense(5, 'tanh'));
      return functional(
        x,
        [chain(hidden, dense(3, 'softmax')), chain(hidden, dense(1))],
        ['categoricalCrossentropy', mse],
      );
    },
  },
  'a dueling network, its advantages centered by the user': {
    make: () => {
      const x = input(4);
      const hidden = chain(x, dense(5, 'relu'));
      const centered = custom(
        (value, advantage) =>
          tf.add(
            value as tf.Tensor,
            tf.sub(advantage as tf.Tensor, tf.mean(advantage as tf.Tensor, 1, true)),
          ),
        (_, shape) => shape as number[],
      );
      const outputs = chain([chain(hidden, dense(1)), chain(hidden, dense(3))], centered);
      return functional(x, outputs, tf.losses.huberLoss);
    },
  },
  'classes by a layer of the user, in probabilities': {
    make: () =>
      compiled(
        stack(
          dense(4, 'relu', { inputShape: [3] }),
          dense(3),
          custom((z) => tf.softmax(z)),
        ),
      ),
  },
  'one layer at every depth': {
    make: () => {
      const x = input(4);
      const shared = dense(4, 'tanh');
      return functional(x, chain(x, shared, shared, shared, dense(3, 'softmax')));
    },
  },
  highways: {
    make: () => {
      const x = input(4);
      const gate = chain(x, dense(4, 'sigmoid'));
      const changed = chain([chain(x, dense(4, 'relu')), gate], layers.multiply());
      const kept = chain(
        [
          x,
          chain(
            gate,
            custom((g) => tf.sub(1, g)),
          ),
        ],
        layers.multiply(),
      );
      return functional(x, chain([changed, kept], layers.add(), dense(3, 'softmax')));
    },
  },
};
