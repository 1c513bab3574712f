// What is trained, as plain numbers: it can be sent to a thread, and read from a file.
import type { Head } from '@toploss/core/kit';
import type { Rows } from '@toploss/examples/data-parallel/all-reduce';
import { CLASSES, readDigits } from '@toploss/examples/digits';
import { random } from '@toploss/examples/random';
import type { networks } from './networks.js';
import type { Descent } from './optimizers.js';
import type { NetworkPart, Part } from './terms.js';

export interface Values {
  readonly shape: number[];
  readonly data: number[];
}

/** One step's examples: a class and a rating of each. */
export interface Batch {
  readonly inputs: number[][];
  readonly labels: number[];
  readonly ratings: number[];
  /** ξ at the inputs and at the logits, ±1, for the terms that draw: of each example its own. */
  readonly noise: number[][];
  readonly probe: number[][];
}

export interface Problem extends Descent {
  /** W, b, V, c, u: logits = tanh(x W + b) V + c, rating = tanh(x W + b) u. */
  readonly parameters: Values[];
  readonly batches: Batch[];
  /** A number for each, what they are weighted with. */
  readonly terms: Partial<Record<Part, number>>;
  /** σ of weight noise; default that of `saspWeightsPenalty`. */
  readonly sigma?: number;
}

/** One step's examples for a network of any kind. */
export interface Examples {
  /** [B, D], or [B, T, D] of sequences. */
  readonly inputs: number[][] | number[][][];
  readonly targets: number[][];
  /** ξ at the logits, ±1, for the closed form: of each example its own. */
  readonly probe: number[][];
}

/** Such a network under saspNetwork. */
export interface OneTask extends Descent {
  readonly network: keyof typeof networks;
  readonly head: Head;
  readonly part: NetworkPart;
  readonly lambda: number;
  /** k: at every k-th step, with kλ. */
  readonly every: number;
  readonly scale?: 'absolute' | 'relative';
  readonly sigma?: number;
  /** In the order of PyTorch's `parameters()`. */
  readonly parameters: Values[];
  readonly batches: Examples[];
  /** v of each step, for each parameter: one for all examples. */
  readonly noise: number[][][];
}

const PIXELS = 64;
const HIDDEN = 16;
const BATCH = 60;

/**
 * Images of digits: their class, and how bright they are.
 *
 * @param sigma σ of weight noise. The two passes of σ = 2⁻¹³, the default elsewhere, have gradients that cancel but for a part in
 *   8192, and float32 then leaves three digits of the difference; of σ = 2⁻⁴ it leaves six.
 */
export function digitsProblem(
  terms: Problem['terms'],
  {
    optimizer = 'sgd',
    steps = 20,
    sigma = 2 ** -4,
  }: { optimizer?: Problem['optimizer']; steps?: number; sigma?: number } = {},
): Problem {
  const { pixels, labels } = readDigits();
  const { normal } = random(0, 'weights');
  const weights = (inputs: number, outputs: number): Values => ({
    shape: [inputs, outputs],
    data: Array.from({ length: inputs * outputs }, () => normal() / Math.sqrt(inputs)),
  });
  const zeros = (size: number): Values => ({ shape: [size], data: new Array(size).fill(0) });
  return {
    parameters: [
      weights(PIXELS, HIDDEN),
      zeros(HIDDEN),
      weights(HIDDEN, CLASSES),
      zeros(CLASSES),
      weights(HIDDEN, 1),
    ],
    batches: Array.from({ length: steps }, (_, k) => {
      const { permutation, below } = random(k, 'batch');
      const signs = (columns: number) =>
        Array.from({ length: BATCH }, () =>
          Array.from({ length: columns }, () => 2 * below(2) - 1),
        );
      const rows = permutation(labels.length).slice(0, BATCH);
      const inputs = rows.map((row) => (pixels[row] as number[]).map((x) => x / 16));
      return {
        inputs,
        labels: rows.map((row) => labels[row] as number),
        ratings: inputs.map((image) => image.reduce((sum, x) => sum + x, 0) / PIXELS),
        noise: signs(PIXELS),
        probe: signs(CLASSES),
      };
    }),
    optimizer,
    learningRate: optimizer === 'adam' ? 0.01 : 0.1,
    terms,
    sigma,
  };
}

/** This replica's rows of everything. */
export function rowsOf<B extends object>(batch: B, { start, share }: Rows): B {
  const parts = Object.entries(batch) as [string, unknown[]][];
  const size = parts[0]?.[1].length as number;
  const [from, to] = [Math.round(start * size), Math.round((start + share) * size)];
  return Object.fromEntries(parts.map(([name, rows]) => [name, rows.slice(from, to)])) as B;
}
