// What is trained, as plain numbers: it can be sent to a thread, and read from a file.
import { CLASSES, readDigits } from '../data.js';
import { random } from '../random.js';
import type { Part } from './terms.js';

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

export interface Problem {
  /** W, b, V, c, u: logits = tanh(x W + b) V + c, rating = tanh(x W + b) u. */
  readonly parameters: Values[];
  readonly batches: Batch[];
  readonly optimizer: 'sgd' | 'momentum' | 'adam';
  readonly learningRate: number;
  /** A number for each, what they are weighted with. */
  readonly terms: Partial<Record<Part, number>>;
}

const PIXELS = 64;
const HIDDEN = 16;
const BATCH = 60;

/** Images of digits: their class, and how bright they are. */
export function digitsProblem(
  terms: Problem['terms'],
  { optimizer = 'sgd', steps = 20 }: { optimizer?: Problem['optimizer']; steps?: number } = {},
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
  };
}

/** This replica's rows. */
export function rowsOf(batch: Batch, { start, share }: { start: number; share: number }): Batch {
  const size = batch.labels.length;
  const [from, to] = [Math.round(start * size), Math.round((start + share) * size)];
  return {
    inputs: batch.inputs.slice(from, to),
    labels: batch.labels.slice(from, to),
    ratings: batch.ratings.slice(from, to),
    noise: batch.noise.slice(from, to),
    probe: batch.probe.slice(from, to),
  };
}
