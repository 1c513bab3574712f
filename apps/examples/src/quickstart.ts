import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from './backend.js';
import { EARLY, EPOCHS, HEAD, NETWORK } from './chosen.js';
import { readDigits } from './data.js';
import { type Arm, runExperiment } from './experiment.js';
import { figure, type Point } from './figure.js';
import { lossHessianTrace, scoreOf } from './metrics.js';
import { progress } from './progress.js';
import { meanAndDeviation, table } from './table.js';
import { penalizedStep, plainStep } from './training-step.js';

const SEEDS = [1, 2, 3, 4, 5];
const ARMS: { name: string; arm: Arm }[] = [
  { name: 'plain', arm: plainStep },
  { name: 'SASP + CVP', arm: (network) => penalizedStep(network, HEAD) },
  { name: 'SASP network', arm: (network) => penalizedStep(network, NETWORK) },
];
/** What the table reports: an arm after an epoch. */
const ROWS = [
  { label: 'plain', arm: 0, epoch: EPOCHS },
  { label: 'SASP of the head + CVP', arm: 1, epoch: EPOCHS },
  { label: 'SASP of the network', arm: 2, epoch: EPOCHS },
  { label: `plain, ${EARLY} epochs`, arm: 0, epoch: EARLY },
];

const { values } = parseArgs({ options: { backend: { type: 'string', default: 'wasm' } } });
await useBackend(values.backend);
console.log(
  `1797 images of digits; a fifth of the 500 training labels is wrong. Backend: ${tf.getBackend()}.`,
);

const points: Point[] = [];
const traces = ROWS.map((): number[] => []);
const times = ARMS.map((): number[] => []);
const digits = readDigits();
const bar = progress('Training', SEEDS.length * EPOCHS);
for (const seed of SEEDS) {
  const medians = runExperiment({
    digits,
    seed,
    epochs: EPOCHS,
    arms: ARMS.map(({ arm }) => arm),
    observe: (epoch, networks, { training, test }) => {
      for (const [arm, network] of networks.entries()) {
        if (epoch % 2 === 0) {
          points.push({ arm: ARMS[arm]?.name ?? '', seed, epoch, ...scoreOf(network, test) });
        }
        for (const [k, row] of ROWS.entries()) {
          if (row.arm === arm && row.epoch === epoch) {
            traces[k]?.push(lossHessianTrace(network, training));
          }
        }
      }
      bar.advance();
    },
  });
  for (const [arm, time] of medians.entries()) {
    times[arm]?.push(time);
  }
}
bar.stop();

const header = ['', 'test accuracy (%)', 'test cross-entropy', 'Hessian trace', 'ms a step'];
const rows = ROWS.map(({ label, arm, epoch }, k) => {
  const scores = points.filter((point) => point.arm === ARMS[arm]?.name && point.epoch === epoch);
  const accuracies = scores.map(({ accuracy }) => 100 * accuracy);
  const crossEntropies = scores.map(({ crossEntropy }) => crossEntropy);
  return [
    label,
    meanAndDeviation(accuracies, 1),
    meanAndDeviation(crossEntropies, 3),
    meanAndDeviation(traces[k] ?? [], 0),
    meanAndDeviation(times[arm] ?? [], 2),
  ];
});
console.log(`\nAfter ${EPOCHS} epochs, mean ± standard deviation over ${SEEDS.length} seeds:\n`);
console.log(table(header, rows));

const folder = new URL('../output/', import.meta.url);
const file = fileURLToPath(new URL('quickstart.svg', folder));
mkdirSync(folder, { recursive: true });
writeFileSync(
  file,
  figure(
    'Digits with a fifth of the training labels wrong',
    `Same network, weights and batches. Thin: each of ${SEEDS.length} seeds. Thick: their mean.`,
    points,
  ),
);
console.log(`\nFigure: ${relative(process.cwd(), file)}`);
