// Weight decay that may be too strong.
//
// Decay shrinks all weights a little at each step. If it is too strong, the network learns nothing. Cautious volume-preserving
// regularization (CVP) decays a weight only where the step of the optimizer shrinks it anyway. We train on images of digits
// with growing λ, the weight of the decay, once of every weight as in AdamW, and once by CVP.
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import '@toploss/core/gradients'; // gradients that TensorFlow.js lacks on wasm
import { trainStep } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { batchesOf, loadDigits } from './digits.js';

await tf.setBackend('wasm');
const epochs = process.argv.includes('--quick') ? 2 : 50;
const rate = 5e-3;

// The data.
const { training, test } = loadDigits();

// The network: from images to logits.
function createModel(): { logits: (x: tf.Tensor) => tf.Tensor2D; kernels: tf.Variable[] } {
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
  const weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  return {
    logits: (x) => model.apply(x) as tf.Tensor2D,
    kernels: weights.filter(({ rank }) => rank > 1), // biases don't decay
  };
}

// Training: after each step of Adam, the weights decay. CVP does that itself.
function train(lambda: number, isCautious: boolean): string {
  const { logits, kernels } = createModel();
  const terms = isCautious ? [cvp({ lambda, decoupled: true })] : [];
  const step = trainStep({ optimizer: tf.train.adam(rate), terms });
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const { x, y } of batchesOf(training, 50, epoch)) {
      tf.dispose(step(() => ({ loss: tf.losses.softmaxCrossEntropy(y, logits(x)) })));
      if (!isCautious) {
        tf.tidy(() => {
          for (const kernel of kernels) kernel.assign(tf.mul(1 - rate * lambda, kernel));
        });
      }
    }
  }
  return tf.tidy(() => {
    const isRight = tf.equal(tf.argMax(logits(test.x), 1), tf.argMax(test.y, 1));
    return (100 * tf.mean(isRight).dataSync()[0]!).toFixed(1);
  });
}

// What came out.
const row = (title: string, cells: readonly unknown[]) =>
  console.log(title.padEnd(12), ...cells.map((cell) => `${cell}`.padStart(7)));
const lambdas = [0, 0.1, 1, 3, 10];
console.log('Test accuracy in %, by λ:');
row('', lambdas);
row(
  'every weight',
  lambdas.map((lambda) => train(lambda, false)),
);
row(
  'CVP',
  lambdas.map((lambda) => train(lambda, true)),
);
