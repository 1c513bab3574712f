// A long memory for any optimizer.
//
// Momentum remembers about ten gradients. Dual-momentum trajectory alignment (DMTA) adds an average over many more, as the
// optimizer AdEMAMix does, to the gradients of any optimizer. We train on images of digits with and without it.
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import '@toploss/core/gradients'; // gradients that TensorFlow.js lacks on wasm
import { trainStep } from '@toploss/core';
import { dmta, halfLifeMu, linearAlpha } from '@toploss/dmta';
import { batchesOf, loadDigits } from './digits.js';

await tf.setBackend('wasm');
const epochs = process.argv.includes('--quick') ? 2 : 50;
const steps = 10 * epochs; // 500 images in batches of 50

// The data.
const { training, test } = loadDigits();

// The network: from images to logits.
function createModel(): (x: tf.Tensor) => tf.Tensor2D {
  const dense = (units: number, activation: 'relu' | 'linear', seed: number) =>
    layers.dense({
      units,
      activation,
      inputShape: [64],
      kernelInitializer: initializers.heNormal({ seed }),
    });
  const model = sequential({
    layers: [dense(64, 'relu', 1), dense(64, 'relu', 2), dense(10, 'linear', 3)],
  });
  return (x) => model.apply(x) as tf.Tensor2D;
}

const lossOf = (model: (x: tf.Tensor) => tf.Tensor2D, { x, y }: typeof training) =>
  tf.losses.softmaxCrossEntropy(y, model(x)) as tf.Scalar;
const number = (f: () => tf.Tensor) => tf.tidy(() => f().dataSync()[0]!);

// The term. As in AdEMAMix, its weight α and its memory μ grow during training: the first gradients are soon out of date.
const longMemory = (alpha: number, mu: number) =>
  dmta({ alpha: linearAlpha({ alpha, steps }), mu: halfLifeMu({ from: 0.9, to: mu, steps }) });

// Training: the loss after some epochs, and on test images at the end.
function train(optimizer: tf.Optimizer, terms: ReturnType<typeof longMemory>[]): number[] {
  const model = createModel();
  const step = trainStep({ optimizer, terms });
  const losses: number[] = [];
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const batch of batchesOf(training, 50, epoch)) {
      tf.dispose(step(() => ({ loss: lossOf(model, batch) })));
    }
    if ([5, 15].includes(epoch)) {
      losses.push(number(() => lossOf(model, training)));
    }
  }
  const isRight = () => tf.equal(tf.argMax(model(test.x), 1), tf.argMax(test.y, 1));
  const accuracy = 100 * number(() => tf.mean(isRight()));
  return [...losses, number(() => lossOf(model, test)), accuracy];
}

// What came out.
const row = (title: string, cells: readonly string[]) =>
  console.log(title.padEnd(24), ...cells.map((cell) => cell.padStart(12)));
const decimals = epochs < 5 ? [3, 1] : [3, 3, 3, 1];
row('', ['loss, ep. 5', 'loss, ep. 15', 'test loss', 'accuracy'].slice(-decimals.length));
const print = (name: string, optimizer: tf.Optimizer, ...terms: ReturnType<typeof longMemory>[]) =>
  row(
    name,
    train(optimizer, terms).map((x, k) => x.toFixed(decimals[k])),
  );
print('SGD, rate 0.3', tf.train.sgd(0.3));
print('SGD + DMTA', tf.train.sgd(0.3), longMemory(1, 0.99));
print('Adam, rate 0.003', tf.train.adam(0.003));
print('Adam, rate 0.001', tf.train.adam(0.001));
print('Adam + DMTA, rate 0.001', tf.train.adam(0.001), longMemory(2, 0.97));
