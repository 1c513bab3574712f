// One added line keeps a network from memorizing label noise.
//
// 500 images of handwritten digits, 100 of them mislabeled. The same network trains as usual, and with the spectral-aware
// sharpness penalty (SASP) of all its layers. After each epoch we test it on images with clean labels.
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import '@toploss/core/gradients'; // gradients that TensorFlow.js lacks on wasm
import { attach } from '@toploss/layers';
import { saspNetwork } from '@toploss/sasp';
import { loadDigits } from './digits.js';

await tf.setBackend('wasm');
const epochs = process.argv.includes('--quick') ? 2 : 50;

// The data.
const { training, test } = loadDigits({ labelNoise: 0.2 });

// The network: three dense layers. The seeds give every training the same weights to start from.
function createModel() {
  const dense = (units: number, activation: 'relu' | 'softmax', seed: number) =>
    layers.dense({
      units,
      activation,
      inputShape: [64],
      kernelInitializer: initializers.heNormal({ seed }),
    });
  const model = sequential({
    layers: [dense(64, 'relu', 1), dense(64, 'relu', 2), dense(10, 'softmax', 3)],
  });
  model.compile({
    optimizer: tf.train.adam(5e-3),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return model;
}

// Training: as usual, with the penalty at its default weight λ, and at twice that. `seed` is there for the same numbers in
// every run.
const trainings = {
  plain: [],
  'λ = 1': [saspNetwork({ seed: 0 })],
  'λ = 2': [saspNetwork({ lambda: 2, seed: 0 })],
};
const columns: Record<string, readonly number[]>[] = [];
for (const terms of Object.values(trainings)) {
  const model = createModel();
  attach(model, terms); // the added line
  const { history } = await model.fit(training.x, training.y, {
    epochs,
    batchSize: 50,
    validationData: [test.x, test.y], // to watch, not to choose by
    shuffle: false, // the images are in random order already; so every run prints the same numbers
    verbose: 0,
  });
  columns.push(history as Record<string, number[]>);
}

// What came out.
const row = (title: unknown, cells: readonly unknown[]) =>
  console.log(`${title}`.padEnd(31), ...cells.map((cell) => `${cell}`.padStart(7)));
const at = (epoch: number, name: string, decimals: number, scale = 1) =>
  columns.map((history) => (scale * history[name]![epoch - 1]!).toFixed(decimals));

row('', Object.keys(trainings));
for (let epoch = Math.min(10, epochs); epoch <= epochs; epoch += 10) {
  row(`test accuracy (%), epoch ${epoch}`, at(epoch, 'val_acc', 1, 100));
}
row('test cross-entropy at the end', at(epochs, 'val_loss', 3));
row('training labels fitted (%)', at(epochs, 'acc', 1, 100));
console.log(`
80 % of the training labels are right. A network that fits more has memorized label noise.
This program is apps/examples/src/quickstart.ts; apps/examples/README.md explains it.`);
