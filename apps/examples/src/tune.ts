import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { lengthOf } from './arguments.js';
import { useBackend } from './backend.js';
import { EPOCHS } from './chosen.js';
import { readDigits } from './data.js';
import { runExperiment } from './experiment.js';
import { GRID, type Setting } from './grid.js';
import { mean } from './mean.js';
import { type Score, scoreOf } from './metrics.js';
import { progress } from './progress.js';
import { meanAndDeviation, table } from './table.js';

/** Other seeds than the quickstart reports. */
const quick = process.argv.includes('--quick');
const { epochs, seeds } = lengthOf(quick, EPOCHS, [101, 102, 103]);

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
    epochs,
    arms: GRID.map(({ arm }) => arm),
    observe: (_, networks, { validation }) => {
      parentPort?.postMessage(networks.map((network) => scoreOf(network, validation)));
    },
  });
}

async function report(): Promise<void> {
  const bar = progress('Tuning', seeds.length * epochs);
  const runs = await Promise.all(seeds.map((seed) => inWorker(seed, bar.advance)));
  bar.stop();

  const settings = GRID.map((setting, k) => {
    const last = runs.map((epochs) => epochs.at(-1)?.[k] as Score);
    return { ...setting, last, mean: mean(last.map(({ crossEntropy }) => crossEntropy)) };
  });
  const byMean = settings.sort((a, b) => a.mean - b.mean);
  const rows = byMean.map(({ method, value, last }) => [
    method,
    value,
    meanAndDeviation(
      last.map(({ accuracy }) => 100 * accuracy),
      1,
    ),
    meanAndDeviation(
      last.map(({ crossEntropy }) => crossEntropy),
      3,
    ),
  ]);
  const header = ['method', 'setting', 'validation accuracy (%)', 'validation cross-entropy'];
  const text = [
    `After ${epochs} epochs, mean ± standard deviation over the seeds ${seeds.join(', ')}, best first:`,
    table(header, rows),
    ...bestOf(byMean),
  ].join('\n\n');
  console.log(text);

  const folder = new URL('../output/', import.meta.url);
  const file = fileURLToPath(new URL('tuning.md', folder));
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${text}\n`);
  console.log(`\nWritten to ${relative(process.cwd(), file)}`);
}

/** The best setting of each method that has any. */
function bestOf(byMean: readonly Setting[]): string[] {
  const methods = [...new Set(byMean.filter(({ value }) => value).map(({ method }) => method))];
  return methods.map((method) => {
    const best = byMean.find((setting) => setting.method === method);
    return `${method}: ${best?.value}`;
  });
}

/** A step of tfjs keeps one core busy, so each seed gets a thread. */
function inWorker(seed: number, onEpoch: () => void): Promise<Score[][]> {
  return new Promise((resolve, reject) => {
    const epochs: Score[][] = [];
    new Worker(new URL(import.meta.url), { workerData: seed, argv: process.argv.slice(2) })
      .on('message', (scores: Score[]) => {
        epochs.push(scores);
        onEpoch();
      })
      .on('error', reject)
      .on('exit', () => resolve(epochs));
  });
}
