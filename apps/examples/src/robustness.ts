// Accuracy under noise at the input: trained plainly, on images with noise, and with SBMP.
import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { sbmp } from '@toploss/sbmp';
import { compare } from './compare.js';
import type { Examples } from './data.js';
import type { Arm, Sets } from './experiment.js';
import { mean } from './mean.js';
import { scoreOf } from './metrics.js';
import type { Network } from './network.js';
import { adam, plainStep } from './training-step.js';

const EPOCHS = 50;
/** Deviation of the noise that is added to each pixel, from 0 to 1. */
const SIGMAS = [0, 0.1, 0.2, 0.3, 0.4];

/** Noise of length α on each image of a batch, as SBMP has it, but with the label as the target. */
function noisyInputStep(alpha: number): Arm {
  return (network) => {
    const { take, dispose } = plainStep(network);
    let seed = 0;
    return {
      take: (batch) =>
        tf.tidy(() => {
          seed += 1;
          const deviation = alpha / 8; // √64 pixels
          const noise = tf.randomNormal(batch.images.shape, 0, deviation, 'float32', seed);
          take({ ...batch, images: tf.add(batch.images, noise) });
        }),
      dispose,
    };
  };
}

function sbmpStep(lambda: number, alpha: number): Arm {
  return ({ params, forward }) => {
    const optimizer = adam();
    const modelFn = (images: tf.Tensor2D) => forward(images).logits;
    const step = trainStep({ optimizer, params, terms: [sbmp({ lambda, alpha, seed: 0 })] });
    return {
      take: ({ images, oneHot }) => {
        const losses = step(() => {
          const logits = modelFn(images);
          const loss = tf.losses.softmaxCrossEntropy(oneHot, logits);
          return { loss, logits, modelFn, embeddings: images };
        });
        tf.dispose(losses);
      },
      dispose: () => optimizer.dispose(),
    };
  };
}

/** Chosen with `--tune`: the best mean accuracy over the noises, on validation images. */
const CHOSEN: Record<string, Arm> = {
  plain: plainStep,
  'noisy images, α = 2': noisyInputStep(2),
  'SBMP, λ = 1, α = 4': sbmpStep(1, 4),
};

const ALPHAS = [0.5, 1, 2, 4, 8];
const GRID: Record<string, Arm> = {
  plain: plainStep,
  ...Object.fromEntries(
    ALPHAS.map((alpha) => [`noisy images, α = ${alpha}`, noisyInputStep(alpha)]),
  ),
  ...Object.fromEntries(
    [0.3, 1, 3, 10].flatMap((lambda) =>
      ALPHAS.map((alpha) => [`SBMP, λ = ${lambda}, α = ${alpha}`, sbmpStep(lambda, alpha)]),
    ),
  ),
};

/** Accuracy in per cent on images with noise. */
function accuracy(network: Network, examples: Examples, sigma: number, seed: number): number {
  return tf.tidy(() => {
    const noise = tf.randomNormal(examples.images.shape, 0, sigma, 'float32', seed);
    const images: tf.Tensor2D = tf.add(examples.images, noise);
    return 100 * scoreOf(network, { ...examples, images }).accuracy;
  });
}

console.log('500 images of digits to train on, with right labels. Accuracy (%) under noise.');
await compare({
  epochs: EPOCHS,
  chosen: CHOSEN,
  grid: GRID,
  columns: (set) => [
    ...SIGMAS.map((sigma) => ({
      name: `noise ${sigma}`,
      decimals: 1,
      measure: (network: Network, sets: Sets, seed: number) =>
        accuracy(network, sets[set], sigma, seed),
    })),
    {
      name: 'mean',
      decimals: 1,
      best: 'most',
      measure: (network, sets, seed) =>
        mean(SIGMAS.map((sigma) => accuracy(network, sets[set], sigma, seed))),
    },
  ],
});
