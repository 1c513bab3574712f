// A network that stays accurate when there is noise in its input.
//
// It trains on clean images of digits in three ways: as usual, on images with noise, and with the stochastic boundary-margin
// penalty (SBMP). The penalty adds noise to each image, and keeps the prediction the same as without. Then we test with more
// and more noise.
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import '@toploss/core/gradients'; // gradients that TensorFlow.js lacks on wasm
import { trainStep } from '@toploss/core';
import { sbmp } from '@toploss/sbmp';
import { batchesOf, loadDigits } from './digits.js';

await tf.setBackend('wasm');
const epochs = process.argv.includes('--quick') ? 2 : 50;

// The data: 64 pixels from 0 to 1.
const { training, test } = loadDigits();
const withNoise = (x: tf.Tensor2D, deviation: number, seed: number): tf.Tensor2D =>
  tf.add(x, tf.randomNormal(x.shape, 0, deviation, 'float32', seed));

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

// Training. SBMP reads the logits, and predicts once more by `modelFn` from `embeddings`, here the images.
function train(terms: ReturnType<typeof sbmp>[], deviation = 0) {
  const modelFn = createModel();
  const step = trainStep({ optimizer: tf.train.adam(5e-3), terms });
  let steps = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const batch of batchesOf(training, 50, epoch)) {
      steps += 1; // a seed that is not 0, which tfjs takes for none
      const losses = step(() => {
        const x = withNoise(batch.x, deviation, steps);
        const logits = modelFn(x);
        const loss = tf.losses.softmaxCrossEntropy(batch.y, logits);
        return { loss, logits, modelFn, embeddings: x };
      });
      tf.dispose(losses);
    }
  }
  return modelFn;
}

// `alpha` is the length of the noise on an image. So 2 is a deviation of 2/√64 on each pixel.
const networks = {
  plain: train([]),
  'noisy images': train([], 2 / 8),
  SBMP: train([sbmp({ lambda: 1, alpha: 4, seed: 0 })]),
};

// What came out.
const accuracy = (network: (x: tf.Tensor) => tf.Tensor2D, deviation: number) =>
  tf.tidy(() => {
    const predicted = tf.argMax(network(withNoise(test.x, deviation, 1)), 1);
    const isRight = tf.equal(predicted, tf.argMax(test.y, 1));
    return (100 * tf.mean(isRight).dataSync()[0]!).toFixed(1);
  });
const row = (title: string, cells: readonly unknown[]) =>
  console.log(title.padEnd(24), ...cells.map((cell) => `${cell}`.padStart(7)));

console.log('Test accuracy in %, with noise of that deviation on each pixel:');
const deviations = [0, 0.1, 0.2, 0.3, 0.4];
row('', deviations);
for (const [name, network] of Object.entries(networks)) {
  row(
    name,
    deviations.map((deviation) => accuracy(network, deviation)),
  );
}
