// Digits with a fifth of the training labels wrong: what the usual remedies gain, and what SASP gains.
import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { lengthOf, readArguments } from './arguments.js';
import { l2Step, samStep } from './baselines.js';
import { EPOCHS, L2, SAM, SASP } from './chosen.js';
import { readDigits } from './data.js';
import { type Arm, type ExperimentOptions, runExperiment } from './experiment.js';
import { figure, type Point } from './figure.js';
import { mean } from './mean.js';
import { type Score, scoreOf } from './metrics.js';
import type { Network } from './network.js';
import { progress } from './progress.js';
import { meanAndDeviation, table } from './table.js';
import { penalizedStep, plainStep } from './training-step.js';

const ARMS: Record<string, Arm> = {
  plain: plainStep,
  L2: (network) => l2Step(network, L2),
  SAM: (network) => samStep(network, SAM),
  SASP: (network) => penalizedStep(network, { saspNetwork: SASP }),
  'SASP, every step': (network) => penalizedStep(network, { saspNetwork: { ...SASP, every: 1 } }),
};
const NAMES = Object.keys(ARMS);

const { quick, seeds: reported } = await readArguments();
const { epochs, seeds } = lengthOf(quick, EPOCHS, reported);
console.log(`
500 images of handwritten digits for training, a fifth of them mislabeled.
${seeds.length} seeds, ${epochs} epochs, on the backend "${tf.getBackend()}".
`);

const digits = readDigits();
const bar = progress('Training', seeds.length * epochs);
const runs = seeds.map(train);
bar.stop();

const rows = ['plain', 'early stopping', ...NAMES.slice(1)].map((name) => {
  const last = runs.map(({ points, stopped }) =>
    name === 'early stopping'
      ? stopped
      : (points.find(({ arm, epoch }) => arm === name && epoch === epochs) as Score),
  );
  const k = Math.max(0, NAMES.indexOf(name)); // stopping early takes the steps of the plain network
  const accuracies = last.map(({ accuracy }) => 100 * accuracy);
  const crossEntropies = last.map(({ crossEntropy }) => crossEntropy);
  const ratios = runs.map(({ times }) => (times[k] as number) / (times[0] as number));
  return [
    name,
    meanAndDeviation(accuracies, 1),
    meanAndDeviation(crossEntropies, 3),
    `${mean(ratios).toFixed(1)} ×`,
  ];
});
console.log(table(['', 'test accuracy (%)', 'test cross-entropy', 'time of a step'], rows));
console.log(`
Mean ± standard deviation over ${seeds.length} seeds. Every setting was tuned on validation images under other seeds.
Without label noise there is little to gain: see apps/experiments/results/RESULTS.md.
`);

const folder = new URL('../output/', import.meta.url);
const file = fileURLToPath(new URL('quickstart.svg', folder));
mkdirSync(folder, { recursive: true });
const subtitle = `Same network, weights and batches. Thin: each of ${seeds.length} seeds. Thick: their mean.`;
writeFileSync(
  file,
  figure(
    'Digits with a fifth of the training labels wrong',
    subtitle,
    runs.flatMap(({ points }) => points),
  ),
);
console.log(`Figure:    ${relative(process.cwd(), file)}
Next:      add it to your own model: README.md, or npx -y pnpm@12.21.0 site
The code:  apps/examples/src/quickstart.ts, explained in apps/examples/README.md`);

/** Trains every arm under one seed: its test scores over the epochs, and the time of a step. */
function train(seed: number): { points: Point[]; stopped: Score; times: number[] } {
  const points: Point[] = [];
  let least = Number.POSITIVE_INFINITY;
  let stopped: Score = { accuracy: 0, crossEntropy: 0 };
  const observe: ExperimentOptions['observe'] = (epoch, networks, { validation, test }) => {
    const scores = networks.map((network) => scoreOf(network, test));
    for (const [k, score] of scores.entries()) {
      points.push({ arm: NAMES[k] as string, seed, epoch, ...score });
    }
    // What stopping early keeps: the plain network after its best epoch on validation images.
    const { crossEntropy } = scoreOf(networks[0] as Network, validation);
    if (crossEntropy < least) {
      [least, stopped] = [crossEntropy, scores[0] as Score];
    }
    bar.advance();
  };
  const arms = Object.values(ARMS);
  const times = runExperiment({ digits, seed, epochs, arms, observe });
  return { points, stopped, times };
}
