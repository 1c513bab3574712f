import { fileURLToPath } from 'node:url';
import { table } from '@toploss/examples/table';
import type { Method } from '../methods.js';
import type { Result, Setting } from '../run.js';
import { runAll } from '../runs.js';
import { mean, withInterval } from '../statistics.js';
import type { Study } from './study.js';

/** λ or ρ is chosen under these seeds, on validation data, … */
const TUNING = [101, 102, 103];
/** … and reported under these, on test data. */
const SEEDS = [1, 2, 3, 4, 5];

type Task = Omit<Setting, 'method' | 'seed'>;

const digits = { data: 'digits', training: 500, noise: 0.2 } as const;
const common = { batch: 50, epochs: 60 };

const TASKS: Record<string, Task> = {
  'digits, tanh 128-128-128, Adam': {
    ...common,
    problem: digits,
    widths: [128, 128, 128],
    activation: 'tanh',
    optimizer: 'adam',
  },
  'digits, ReLU 128-128-128, momentum .9, constant rate .05': {
    ...common,
    problem: digits,
    widths: [128, 128, 128],
    activation: 'relu',
    optimizer: 'momentum',
  },
  'digits, ReLU 128-128-128, momentum .9, rate .05 falling to 0': {
    ...common,
    problem: digits,
    widths: [128, 128, 128],
    activation: 'relu',
    optimizer: 'momentum-decay',
  },
  'breast cancer, ReLU 64-64, Adam': {
    problem: { data: 'breast-cancer', training: 200, noise: 0.2 },
    widths: [64, 64],
    activation: 'relu',
    optimizer: 'adam',
    batch: 20,
    epochs: 60,
  },
  'wine, ReLU 64-64, Adam': {
    problem: { data: 'wine', training: 80, noise: 0.2 },
    widths: [64, 64],
    activation: 'relu',
    optimizer: 'adam',
    batch: 10,
    epochs: 60,
  },
  'digits with right labels, 200 images, tanh 128-128-128, Adam': {
    ...common,
    problem: { data: 'digits', training: 200, noise: 0 },
    widths: [128, 128, 128],
    activation: 'tanh',
    optimizer: 'adam',
    batch: 25,
  },
};

const LAMBDAS = [0.05, 0.1, 0.2, 0.3];
const network = (fraction: number) =>
  LAMBDAS.map((strength): Method => ({ name: 'SASP network', strength, fraction }));

const METHODS: Record<string, Method[]> = {
  plain: [{ name: 'plain' }],
  L2: [0.001, 0.003, 0.01, 0.02, 0.05].map((strength) => ({ name: 'L2', strength })),
  SAM: [0.05, 0.1, 0.2, 0.5, 1, 2].map((strength) => ({ name: 'SAM', strength })),
  'SASP network, ¼ of the batch': network(0.25),
  'SASP network, all of it': network(1),
};

/** What a setting is chosen by. */
const CRITERIA = [
  { label: 'as it comes', measure: 'crossEntropy' },
  { label: 'temperature scaled', measure: 'scaledCrossEntropy' },
] as const;

const file = (name: string) =>
  fileURLToPath(new URL(`../../results/calibration-${name}.json`, import.meta.url));

async function report(quick: boolean): Promise<string> {
  const tasks = Object.entries(TASKS).slice(0, quick ? 1 : undefined);
  const [tuningSeeds, seeds] = quick ? [TUNING.slice(0, 1), SEEDS.slice(0, 2)] : [TUNING, SEEDS];
  const shorten = (task: Task): Task => (quick ? { ...task, epochs: 5 } : task);

  const grid = tasks.flatMap(([name, task]) =>
    Object.entries(METHODS).flatMap(([label, methods]) =>
      methods.map((method) => ({ name, task: shorten(task), label, method })),
    ),
  );
  const tuned = await grouped(
    'Choosing λ and ρ',
    grid,
    tuningSeeds,
    file(quick ? 'quick' : 'tuning'),
  );

  const chosen = tasks.flatMap(([name, task]) =>
    Object.keys(METHODS).flatMap((label) =>
      CRITERIA.map(({ measure }) => {
        const candidates = tuned.filter((entry) => entry.name === name && entry.label === label);
        const score = (entry: (typeof tuned)[number]) =>
          mean(entry.results.map(({ validation }) => validation[measure]));
        const { method } = candidates.reduce((a, b) => (score(b) < score(a) ? b : a));
        return { name, task: { ...shorten(task), traceEvery: 5 }, label, method, measure };
      }),
    ),
  );
  const tested = await grouped(
    'Testing what was chosen',
    chosen,
    seeds,
    file(quick ? 'quick' : 'test'),
  );

  const sections = tasks.map(([name]) => {
    const rows = tested.filter((entry) => entry.name === name);
    return `### ${name}\n\n${scoreTable(rows)}\n\n${traceSentence(rows)}`;
  });
  return sections.join('\n\n');
}

type Chosen = {
  name: string;
  label: string;
  method: Method;
  measure: (typeof CRITERIA)[number]['measure'];
  results: Result[];
};

/** Every entry under every seed, the results beside it. */
async function grouped<Entry extends { task: Task; method: Method }>(
  what: string,
  entries: readonly Entry[],
  seeds: readonly number[],
  path: string,
): Promise<(Entry & { results: Result[] })[]> {
  const settings = entries.flatMap(({ task, method }) =>
    seeds.map((seed): Setting => ({ ...task, method, seed })),
  );
  const results = await runAll(what, settings, path);
  return entries.map((entry, k) => ({
    ...entry,
    results: results.slice(k * seeds.length, (k + 1) * seeds.length),
  }));
}

const strengthOf = (method: Method) =>
  method.name === 'plain' ? '' : `${method.name === 'SAM' ? 'ρ' : 'λ'} = ${method.strength}`;

function scoreTable(rows: readonly Chosen[]): string {
  const header = [
    '',
    'cross-entropy',
    'accuracy (%)',
    'with',
    'scaled cross-entropy',
    'accuracy (%), so chosen',
    'with, so chosen',
  ];
  const labels = [...new Set(rows.map(({ label }) => label))];
  return table(
    header,
    labels.map((label) => [
      label,
      ...CRITERIA.flatMap(({ measure }) => {
        const { results, method } = rows.find(
          (row) => row.label === label && row.measure === measure,
        ) as Chosen;
        return [
          withInterval(
            results.map(({ test }) => test[measure]),
            3,
          ),
          withInterval(
            results.map(({ test }) => 100 * test.accuracy),
            1,
          ),
          strengthOf(method),
        ];
      }),
    ]),
  );
}

/** The exact trace where every method has the training loss that the most restrained one ends with. */
function traceSentence(rows: readonly Chosen[]): string {
  const own = rows.filter(({ measure }) => measure === 'crossEntropy');
  const reached = own.flatMap(({ results }) =>
    results.map(({ path }) => Math.min(...path.map(({ loss }) => loss))),
  );
  const level = Math.max(...reached);
  const parts = own.map(({ label, results }) => {
    const traces = results.map(({ path }) => traceAt(path, level)).filter(Number.isFinite);
    return `${label} ${withInterval(traces, 1)}`;
  });
  return `Exact trace where the training loss first passes ${level.toFixed(2)}: ${parts.join('; ')}.`;
}

/** Between the two measurements around the level, linear in the loss. */
function traceAt(path: Result['path'], level: number): number {
  const k = path.findIndex(({ loss }) => loss <= level);
  const [after, before] = [path[k], path[k - 1]];
  if (after === undefined || before === undefined) {
    return after?.trace ?? Number.NaN;
  }
  const share = (before.loss - level) / (before.loss - after.loss);
  return before.trace + share * (after.trace - before.trace);
}

export const calibration: Study = { name: 'calibration', report };
