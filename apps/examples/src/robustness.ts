// Accuracy under noise at the input: trained plainly, on images with noise, and with SBMP.
import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { sbmp } from '@toploss/sbmp';
import { readArguments } from './arguments.js';
import { type Examples, readDigits } from './data.js';
import { type Arm, runExperiment } from './experiment.js';
import { scoreOf } from './metrics.js';
import type { Network } from './network.js';
import { progress } from './progress.js';
import { mean, meanAndDeviation, table } from './table.js';
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
          const loss = tf.losses.softmaxCrossEntropy(oneHot, logits) as tf.Scalar;
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

const { tune, seeds, set } = await readArguments();
const arms = Object.entries(tune ? GRID : CHOSEN);
console.log(`500 images of digits to train on, with right labels; noise on the ${set} images.`);

/** Accuracy in per cent, by the deviation of the noise. */
function accuracies(network: Network, examples: Examples, seed: number): number[] {
  return SIGMAS.map((sigma) =>
    tf.tidy(() => {
      const noise = tf.randomNormal(examples.images.shape, 0, sigma, 'float32', seed);
      const images: tf.Tensor2D = tf.add(examples.images, noise);
      return 100 * scoreOf(network, { ...examples, images }).accuracy;
    }),
  );
}

const runs = arms.map((): number[][] => []);
const bar = progress('Training', seeds.length * EPOCHS);
const digits = readDigits();
for (const seed of seeds) {
  runExperiment({
    digits,
    seed,
    epochs: EPOCHS,
    wrongLabels: false,
    arms: arms.map(([, arm]) => arm),
    observe: (epoch, networks, sets) => {
      bar.advance();
      if (epoch === EPOCHS) {
        for (const [k, network] of networks.entries()) {
          runs[k]?.push(accuracies(network, sets[set], seed));
        }
      }
    },
  });
}
bar.stop();

const rows = arms.map(([name], k) => {
  const means = (runs[k] ?? []).map(mean);
  const bySigma = SIGMAS.map((_, s) =>
    meanAndDeviation(
      (runs[k] ?? []).map((run) => run[s] as number),
      1,
    ),
  );
  return { mean: mean(means), cells: [name, ...bySigma, meanAndDeviation(means, 1)] };
});
const sorted = tune ? rows.sort((a, b) => b.mean - a.mean) : rows;
console.log(`\nAccuracy (%), mean ± standard deviation over ${seeds.length} seeds:\n`);
console.log(
  table(
    ['', ...SIGMAS.map((sigma) => `noise ${sigma}`), 'mean'],
    sorted.map(({ cells }) => cells),
  ),
);
