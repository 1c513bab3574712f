import * as tf from '@tensorflow/tfjs-core';
import type { Step } from '../classification/methods/step.js';
import { type Method, stepOf } from '../classification/methods.js';
import { type Network, networkOf } from '../classification/network.js';
import { type Examples, setsOf } from '../classification/problem.js';
import { progress } from '../running/progress.js';
import { flatMinimaCases } from '../studies/flat-minima/times.js';
import { useBackend } from './backend.js';
import type { Case } from './case.js';

/** Milliseconds of a step: the median over all, and that of every method divided by the plain one's. */
export interface Timing {
  network: string;
  /** Whose models these are; none has a name of its own. */
  study?: string;
  plain: number;
  ratios: Record<string, number>;
}

const dense = (widths: number[], batch: number, turns: number): Case => ({
  network: `64-${widths.join('-')}-10, batches of ${batch}`,
  build: () => networkOf([64, ...widths, 10], 'tanh', 1),
  batch,
  turns,
  methods: METHODS,
});

const WARM_UP = 5;

const METHODS: Record<string, Method> = {
  plain: { name: 'plain' },
  'plain, again': { name: 'plain' },
  L2: { name: 'L2', lambda: 1e-3 },
  SAM: { name: 'SAM', rho: 0.1 },
  'SASP network, all of the batch': { name: 'SASP network', lambda: 0.1, fraction: 1 },
  'SASP network, ¼ of the batch': { name: 'SASP network', lambda: 0.1, fraction: 0.25 },
  'SASP network, every 4th step': { name: 'SASP network', lambda: 0.1, fraction: 1, every: 4 },
  CVP: { name: 'CVP', options: { lambda: 0.03 } },
  'SASP + CVP': {
    name: 'composite',
    sasp: { lambda: 0.1, curvature: 'hessian' },
    cvp: { lambda: 0.01 },
  },
  'SASP + CVP + SBMP + DMTA': {
    name: 'composite',
    sasp: { lambda: 0.1, curvature: 'hessian' },
    cvp: { lambda: 0.01 },
    sbmp: { lambda: 3, alpha: 1, fraction: 0.5 },
    dmta: { lambda: 0.1, mu: 0.99 },
  },
};

/**
 * The methods take turns at every step, each with a network of its own, so that whatever slows the machine down slows them all.
 * A turn is four steps: one of the methods does its work at every fourth.
 *
 * @param study Of this study only.
 */
export async function measureTimes({
  quick,
  study,
}: {
  quick: boolean;
  study: string | undefined;
}): Promise<Timing[]> {
  await useBackend('wasm');
  const all = [dense([64, 64], 50, 100), dense([256, 256, 256], 128, 30), ...flatMinimaCases()];
  const cases = all
    .filter((one) => study === undefined || one.study === study)
    .map((one) => (quick ? { ...one, turns: 3 } : one));
  const bar = progress(
    'Timing',
    cases.reduce((sum, { turns }) => sum + turns, 0),
  );
  const timings = cases.map((one) => measure(one, bar.advance));
  bar.stop();
  return timings;
}

function measure(
  { network, study, build, batch: count, turns, methods }: Case,
  advance: () => void,
): Timing {
  const { training, ...rest } = setsOf({ data: 'digits', training: 400, noise: 0.2 }, 1);
  const batch = {
    x: tf.slice(training.x, 0, count),
    y: tf.slice(training.y, 0, count),
  };
  const arms = Object.entries(methods).map(([name, method]) => ({
    name,
    ...armOf(method, build()),
  }));
  for (let turn = -WARM_UP; turn < turns; turn++) {
    for (const { step, times } of arms) {
      const time = timeOf(step, batch);
      if (turn >= 0) {
        times.push(time);
      }
    }
    if (turn >= 0) {
      advance();
    }
  }
  for (const { dispose } of arms) {
    dispose();
  }
  tf.dispose([batch, { ...training }, { ...rest.validation }, { ...rest.test }]);

  const [plain, ...others] = arms.map(({ name, times }) => [name, times] as const);
  const base = plain?.[1] as number[];
  return {
    network,
    ...(study !== undefined && { study }),
    plain: round(median(base)),
    ratios: Object.fromEntries(
      others.map(([name, times]) => [name, round(median(ratios(times, base)))]),
    ),
  };
}

/** A method with a network of its own. */
function armOf(method: Method, network: Network) {
  const rate = 1e-4;
  const optimizer = tf.train.adam(rate, 0.9, 0.999, 1e-7);
  const step = stepOf(method, { network, optimizer, rate, seed: 1 });
  const dispose = () => {
    step.dispose?.();
    optimizer.dispose();
    tf.dispose(network.params);
  };
  return { step, times: [] as number[], dispose };
}

/** Milliseconds of a step, the mean of a turn. */
function timeOf(step: Step, batch: Examples): number {
  const start = performance.now();
  for (let i = 0; i < 4; i++) {
    step.take(batch);
  }
  return (performance.now() - start) / 4;
}

/** Of the same turn: the ratio that a slower minute leaves alone. */
const ratios = (times: readonly number[], base: readonly number[]): number[] =>
  times.map((time, k) => time / (base[k] as number));

const round = (x: number) => Number(x.toPrecision(3));

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
