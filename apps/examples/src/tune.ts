import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { useBackend } from './backend.js';
import { EPOCHS } from './chosen.js';
import { readDigits } from './data.js';
import { runExperiment } from './experiment.js';
import { GRID } from './grid.js';
import { mean } from './mean.js';
import { type Score, scoreOf } from './metrics.js';
import { progress } from './progress.js';
import { meanAndDeviation, table } from './table.js';
import { type Penalties, penalizedStep } from './training-step.js';

/** Other seeds than the quickstart reports. */
const SEEDS = [101, 102, 103];

if (isMainThread) {
  await report();
} else {
  await validate(workerData);
}

/** In a worker: the validation scores of the whole grid after every epoch, under one seed. */
async function validate(seed: number): Promise<void> {
  await useBackend('wasm');
  runExperiment({
    digits: readDigits(),
    seed,
    epochs: EPOCHS,
    arms: GRID.map((penalties) => (network) => penalizedStep(network, penalties)),
    observe: (_, networks, { validation }) => {
      parentPort?.postMessage(networks.map((network) => scoreOf(network, validation)));
    },
  });
}

async function report(): Promise<void> {
  const bar = progress('Tuning', SEEDS.length * EPOCHS);
  const runs = await Promise.all(SEEDS.map((seed) => inWorker(seed, bar.advance)));
  bar.stop();

  const settings = GRID.map((penalties, k) => {
    const last = runs.map((epochs) => epochs.at(-1)?.[k] as Score);
    return { penalties, last, mean: mean(last.map(({ crossEntropy }) => crossEntropy)) };
  });
  const byMean = settings.sort((a, b) => a.mean - b.mean);
  const rows = byMean.map(({ penalties, last }) => [
    describe(penalties),
    meanAndDeviation(
      last.map(({ accuracy }) => 100 * accuracy),
      1,
    ),
    meanAndDeviation(
      last.map(({ crossEntropy }) => crossEntropy),
      3,
    ),
  ]);
  const header = ['penalties', 'validation accuracy (%)', 'validation cross-entropy'];
  const text = [
    `After ${EPOCHS} epochs, mean ± standard deviation over the seeds ${SEEDS.join(', ')}, best first:`,
    table(header, rows),
    `Best at the head: ${JSON.stringify(byMean.find(({ penalties }) => penalties.sasp)?.penalties)}`,
    `Best over the network: ${JSON.stringify(byMean.find(({ penalties }) => penalties.saspNetwork)?.penalties)}`,
    stoppedEarly(runs),
  ].join('\n\n');
  console.log(text);

  const folder = new URL('../output/', import.meta.url);
  const file = fileURLToPath(new URL('tuning.md', folder));
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${text}\n`);
  console.log(`\nWritten to ${relative(process.cwd(), file)}`);
}

/** What the plain network reaches when it stops at its best epoch: the yardstick that costs nothing. */
function stoppedEarly(runs: readonly Score[][][]): string {
  const means = Array.from({ length: EPOCHS }, (_, k) =>
    mean(runs.map((epochs) => epochs[k]?.[0]?.crossEntropy as number)),
  );
  const best = means.indexOf(Math.min(...means));
  const scores = runs.map((epochs) => epochs[best]?.[0] as Score);
  return `The plain network is best after ${best + 1} epochs: ${meanAndDeviation(
    scores.map(({ accuracy }) => 100 * accuracy),
    1,
  )} %, ${meanAndDeviation(
    scores.map(({ crossEntropy }) => crossEntropy),
    3,
  )}.`;
}

/** A step of tfjs keeps one core busy, so each seed gets a thread. */
function inWorker(seed: number, onEpoch: () => void): Promise<Score[][]> {
  return new Promise((resolve, reject) => {
    const epochs: Score[][] = [];
    new Worker(new URL(import.meta.url), { workerData: seed })
      .on('message', (scores: Score[]) => {
        epochs.push(scores);
        onEpoch();
      })
      .on('error', reject)
      .on('exit', () => resolve(epochs));
  });
}

function describe({ sasp, saspNetwork, cvp }: Penalties): string {
  const parts = [
    ...(sasp ? [`SASP ${sasp.curvature} ${sasp.lambda}`] : []),
    ...(saspNetwork ? [`SASP network ${saspNetwork.lambda}, ${100 * saspNetwork.fraction} %`] : []),
    ...(cvp ? [`CVP ${cvp.decoupled ? 'decoupled' : 'injected'} ${cvp.lambda}`] : []),
  ];
  return parts.join(', ') || 'none';
}
