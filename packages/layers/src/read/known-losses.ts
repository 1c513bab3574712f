import * as tf from '@tensorflow/tfjs-core';

/** ℓ of one example: targets y, predictions p. */
type Formula = (y: readonly number[], p: readonly number[]) => number;
type Loss = (y: tf.Tensor, p: tf.Tensor) => unknown;

const sum =
  (f: (y: number, p: number) => number): Formula =>
  (y, p) =>
    y.reduce((total, x, k) => total + f(x, p[k]!), 0);
const mean =
  (f: (y: number, p: number) => number): Formula =>
  (y, p) =>
    sum(f)(y, p) / y.length;
const log1p = (x: number) => Math.log1p(Math.max(x, 0));

interface LossProbe {
  /** Two examples, one after the other. */
  readonly y: number[];
  readonly p: number[];
  readonly formulas: Readonly<Record<string, Formula>>;
}

const shares = [0.3, 0.1, 0.6, 0.5, 0.15, 0.35];

/** The losses of tfjs-layers, on numbers for which no two of them agree. */
const probes: readonly LossProbe[] = [
  {
    y: [0.2, 0.5, 0.3, 0.6, 0.1, 0.3],
    p: shares,
    formulas: {
      categoricalCrossentropy: sum((y, p) => -y * Math.log(p)),
      kullbackLeiblerDivergence: sum((y, p) => y * Math.log(y / p)),
      binaryCrossentropy: mean((y, p) => -y * Math.log(p) - (1 - y) * Math.log1p(-p)),
    },
  },
  {
    y: [1, 0],
    p: shares,
    formulas: { sparseCategoricalCrossentropy: ([c], p) => -Math.log(p[c!]!) },
  },
  {
    y: [2, -1.5, 10, -4, 0.75, 30],
    p: [-3, 0.5, 20, 1.5, -0.25, 40],
    formulas: {
      meanSquaredError: mean((y, p) => (y - p) ** 2),
      meanAbsoluteError: mean((y, p) => Math.abs(y - p)),
      meanAbsolutePercentageError: mean((y, p) => (100 * Math.abs(y - p)) / Math.abs(y)),
      meanSquaredLogarithmicError: mean((y, p) => (log1p(y) - log1p(p)) ** 2),
      logcosh: mean((y, p) => Math.log(Math.cosh(p - y))),
    },
  },
];

/** What a function computes depends on the function alone, so models may share this. Asking again waits for the device. */
const known = new WeakMap<Loss, string | undefined>();

/**
 * The loss of tfjs-layers that a function computes, such as one of `tf.metrics`. Its values on a few numbers tell:
 * bundlers change the names of functions, and each copy of tfjs has its own functions.
 */
export function computedLoss(loss: Loss): string | undefined {
  if (!known.has(loss)) {
    known.set(
      loss,
      tf.tidy(() => probes.flatMap((probe) => lossesAmong(probe, loss))[0]),
    );
  }
  return known.get(loss);
}

function lossesAmong({ y, p, formulas }: LossProbe, loss: Loss): string[] {
  const [targets, predictions] = [tf.tensor2d(y, [2, y.length / 2]), tf.tensor2d(p, [2, 3])];
  const [rows, rowsOfP] = [targets.arraySync(), predictions.arraySync()];
  const values = valuesOf(() => loss(targets, predictions));
  const isValue = (expected: number, k: number) =>
    Math.abs(values[k]! - expected) <= 1e-3 * Math.abs(expected);
  const isMadeBy = (f: Formula) => rows.map((row, k) => f(row, rowsOfP[k]!)).every(isValue);
  return Object.keys(formulas).filter((name) => values.length === 2 && isMadeBy(formulas[name]!));
}

/** The values that f returns. None if f throws or returns no tensor: the user's function may take other shapes only. */
function valuesOf(f: () => unknown): number[] {
  try {
    const made = f();
    return made instanceof tf.Tensor ? Array.from(made.dataSync()) : [];
  } catch {
    return [];
  }
}
