import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

export const normal = (shape: number[], seed: number) =>
  tf.randomNormal(shape, 0, 1, 'float32', seed);

/** Two models of the same make and the same weights. */
export function twins<M extends tfl.LayersModel>(make: () => M): [M, M] {
  const [first, second] = [make(), make()];
  const weights = first.getWeights().map((w, k) => tf.mul(0.5, normal(w.shape, k + 1)));
  first.setWeights(weights);
  second.setWeights(weights);
  return [first, second];
}

/** Makes weights that a seed determines. */
export function seeded<M extends tfl.LayersModel>(model: M): M {
  model.setWeights(
    model.getWeights().map((w, k) => {
      // Variances are positive.
      const noise = tf.mul(0.5, normal(w.shape, k + 1));
      return model.weights[k]?.name.includes('variance') ? tf.add(1, tf.square(noise)) : noise;
    }),
  );
  return model;
}

export const variablesOf = (model: tfl.LayersModel) =>
  model.trainableWeights.map((weight) => weight.read() as tf.Variable);

export const valuesOf = (model: tfl.LayersModel) =>
  model.getWeights().map((w) => Array.from(w.dataSync()));

/** 3 – 4 tanh – 3, ending in that activation. */
export const sequential = (activation: 'softmax' | 'sigmoid' | 'linear') =>
  tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 4, inputShape: [3], activation: 'tanh' }),
      tfl.layers.dense({ units: 3, activation }),
    ],
  });

/** Sequences of any length, of two numbers at each place. */
export const recurrent = () =>
  tfl.sequential({
    layers: [
      tfl.layers.simpleRNN({
        units: 4,
        inputShape: [null, 2],
        recurrentInitializer: 'glorotNormal', // the orthogonal one calls operations as methods
      }),
      tfl.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });

/** `sequential` with the functional API, each activation a layer. */
export function functional(activation: 'softmax' | 'sigmoid' | 'linear'): tfl.LayersModel {
  const input = tfl.input({ shape: [3] });
  const apply = (x: tfl.SymbolicTensor, layer: tfl.layers.Layer) =>
    layer.apply(x) as tfl.SymbolicTensor;
  const hidden = apply(
    apply(input, tfl.layers.dense({ units: 4 })),
    tfl.layers.activation({ activation: 'tanh' }),
  );
  const logits = apply(hidden, tfl.layers.dense({ units: 3 }));
  const output = apply(logits, tfl.layers.activation({ activation }));
  return tfl.model({ inputs: input, outputs: output });
}

/** Runs f with the same random numbers each time, and tells how many it has drawn. */
export async function drawing<T>(f: () => Promise<T>): Promise<{ result: T; draws: number }> {
  const { random } = Math;
  let draws = 0;
  Math.random = () => {
    draws += 1;
    return (0.1 + draws * 0.618_034) % 1;
  };
  try {
    return { result: await f(), draws };
  } finally {
    Math.random = random;
  }
}
