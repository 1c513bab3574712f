// Two tasks of one network, one of which is mostly noise.
//
// The network learns the class of a digit, and a rating of the image: its brightness, with noise that is three times as
// large. With equal weights the noise of the rating spoils the class. Noise-gated excess risk (NGER) weights the tasks by how
// much of each loss training can still remove.
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import '@toploss/core/gradients'; // gradients that TensorFlow.js lacks on wasm
import { trainStep } from '@toploss/core';
import { lossesAndProxies, nger } from '@toploss/nger';
import { batchesOf, loadDigits } from './digits.js';

await tf.setBackend('wasm');
const epochs = process.argv.includes('--quick') ? 2 : 50;

// The data: a class of each image, and a rating in standard deviations.
const { training, test } = loadDigits();
const ratings = tf.tidy(() => {
  const brightness = tf.mean(training.x, 1, true);
  const { mean, variance } = tf.moments(brightness);
  const clean = tf.div(tf.sub(brightness, mean), tf.sqrt(variance));
  return tf.add(clean, tf.randomNormal(clean.shape, 0, 3, 'float32', 1));
});

// The network: two layers that both tasks share, and a head for each task.
function createModel() {
  const dense = (units: number, activation: 'relu' | 'linear', seed: number) =>
    layers.dense({
      units,
      activation,
      inputShape: [64],
      kernelInitializer: initializers.heNormal({ seed }),
    });
  const shared = sequential({ layers: [dense(64, 'relu', 1), dense(64, 'relu', 2)] });
  const heads = [dense(10, 'linear', 3), dense(1, 'linear', 4)].map((head) =>
    sequential({ layers: [head] }),
  );
  return {
    features: (x: tf.Tensor) => shared.apply(x) as tf.Tensor2D,
    logits: (h: tf.Tensor) => heads[0]!.apply(h) as tf.Tensor2D,
    rating: (h: tf.Tensor) => heads[1]!.apply(h) as tf.Tensor2D,
  };
}
type Model = ReturnType<typeof createModel>;
type Batch = typeof training & { ratings: tf.Tensor };

// The losses of both tasks, from the features that they share.
const lossesOf = (model: Model, batch: Batch) => (h: tf.Tensor) => [
  tf.losses.softmaxCrossEntropy(batch.y, model.logits(h)),
  tf.losses.meanSquaredError(batch.ratings, model.rating(h)),
];

const adam = () => tf.train.adam(5e-3);

// A step as usual, with weights that stay the same.
const fixed = (a: number, b: number) => (model: Model) => {
  const optimizer = adam();
  return (batch: Batch) => {
    optimizer.minimize(() => {
      const [ofClass, ofRating] = lossesOf(model, batch)(model.features(batch.x));
      return tf.add(tf.mul(a, ofClass!), tf.mul(b, ofRating!)) as tf.Scalar;
    });
  };
};

// A step with NGER: `lossesAndProxies` returns what it reads, and `loss` is the weighted sum.
const weighting = nger({ tasks: 2 });
const gated = (model: Model) => {
  const step = trainStep({ optimizer: adam(), terms: [weighting] });
  return (batch: Batch) => {
    const losses = step(() => {
      const inputs = lossesAndProxies(lossesOf(model, batch), model.features(batch.x));
      return { loss: weighting.loss(inputs), ...inputs };
    });
    tf.dispose(losses);
  };
};

// Training, and the test accuracy of the class after it.
function train(stepOf: (model: Model) => (batch: Batch) => void): string {
  const model = createModel();
  const step = stepOf(model);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const batch of batchesOf({ ...training, ratings }, 50, epoch)) {
      step(batch);
    }
  }
  return tf.tidy(() => {
    const predicted = tf.argMax(model.logits(model.features(test.x)), 1);
    const isRight = tf.equal(predicted, tf.argMax(test.y, 1));
    return (100 * tf.mean(isRight).dataSync()[0]!).toFixed(1);
  });
}

// What came out.
console.log('Test accuracy of the class, in %:');
console.log('  the class alone', train(fixed(1, 0)));
console.log('  equal weights  ', train(fixed(0.5, 0.5)));
console.log('  NGER           ', train(gated));
console.log(
  `At the end NGER's weight of the class is ${weighting.weights().dataSync()[0]!.toFixed(3)} of 1.`,
);
