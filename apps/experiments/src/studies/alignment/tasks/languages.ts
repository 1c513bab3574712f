import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import { type Chain, chainOf, SYMBOLS, textOf } from '../chain.js';
import type { Distribution } from '../distribution.js';
import type { Learner, Problem, Task, Tasks } from '../task.js';

/** How many symbols are seen: one more than tell. */
const CONTEXT = 3;
const EMBEDDING = 8;
const HIDDEN = 64;
/** Symbols of the text that the knobs are chosen on. */
const VALIDATION = 2000;

/**
 * The next symbol of a random Markov chain of the second order. Training reads a text once, so that every batch is new; the
 * test is the chain itself: every context with its probability. Two tasks are two chains, each over symbols of its own.
 */
export function languages({ steps, batch }: Problem, seed: number): Tasks {
  const alphabet = SYMBOLS * steps.length;
  const tasks = steps.map((count, k): Task => {
    const chain = chainOf(seed, `${k}`);
    const first = SYMBOLS * k;
    const read = (length: number, purpose: string) => {
      const text = textOf(chain, length + CONTEXT, random(seed, `${purpose}, ${k}`));
      const symbols = text.map((symbol) => first + symbol);
      const places = symbols.slice(CONTEXT).map((_, at) => at);
      return {
        contexts: places.map((at) => symbols.slice(at, at + CONTEXT)),
        next: places.map((at) => symbols[at + CONTEXT] as number),
      };
    };
    const training = read(count * batch, 'training');
    const validation = read(VALIDATION, 'validation');
    return {
      training: { x: encoded(training.contexts, alphabet), y: oneHot(training.next, alphabet) },
      validation: {
        x: encoded(validation.contexts, alphabet),
        joint: tf.tidy(() => tf.div<tf.Tensor2D>(oneHot(validation.next, alphabet), VALIDATION)),
      },
      test: exactly(chain, first, alphabet),
      entropy: chain.entropyRate,
    };
  });
  return { tasks, learner: model(alphabet, seed) };
}

/** Every context and every next symbol of a chain, with their probabilities. */
export function exactly(
  { transitions, stationary }: Chain,
  first: number,
  alphabet: number,
): Distribution {
  const symbols = Array.from({ length: SYMBOLS }, (_, k) => k);
  const contexts = symbols.flatMap((a) => symbols.flatMap((b) => symbols.map((c) => [a, b, c])));
  const joint = contexts.map((context) => {
    const [a, b, c] = context as [number, number, number];
    const [ab, bc] = [SYMBOLS * a + b, SYMBOLS * b + c];
    const ofContext = (stationary[ab] as number) * (transitions[ab]?.[c] as number);
    const row = new Array<number>(alphabet).fill(0);
    for (const [next, p] of (transitions[bc] as number[]).entries()) {
      row[first + next] = ofContext * p;
    }
    return row;
  });
  const shifted = contexts.map((context) => context.map((symbol) => first + symbol));
  return { x: encoded(shifted, alphabet), joint: tf.tensor2d(joint) };
}

const oneHot = (symbols: readonly number[], alphabet: number): tf.Tensor2D =>
  tf.tidy(() => {
    const rows = tf.oneHot(tf.tensor1d([...symbols], 'int32'), alphabet);
    return tf.cast(rows, 'float32') as tf.Tensor2D;
  });

/** Contexts as one-hot rows: [n, CONTEXT · alphabet]. */
const encoded = (contexts: readonly number[][], alphabet: number): tf.Tensor2D =>
  tf.tidy(() => {
    const rows = oneHot(contexts.flat(), alphabet);
    return tf.reshape<tf.Rank.R2>(rows, [contexts.length, CONTEXT * alphabet]);
  });

/** The embeddings of the context side by side, a hidden layer of tanh, and the logits of the next symbol. */
function model(alphabet: number, seed: number): Learner {
  const { normal } = random(seed, 'weights');
  const matrix = (rows: number, columns: number, scale: number) =>
    tf.tidy(() => {
      const values = Float32Array.from({ length: rows * columns }, () => scale * normal());
      return tf.variable(tf.tensor2d(values, [rows, columns]));
    });
  const zeros = (n: number) => tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R1>([n])));
  const inputs = CONTEXT * EMBEDDING;
  const embedding = matrix(alphabet, EMBEDDING, 1);
  const [w1, b1] = [matrix(inputs, HIDDEN, 1 / Math.sqrt(inputs)), zeros(HIDDEN)];
  const [w2, b2] = [matrix(HIDDEN, alphabet, 1 / Math.sqrt(HIDDEN)), zeros(alphabet)];
  return {
    params: [embedding, w1, b1, w2, b2],
    // The products with one-hot rows are the embeddings: the gradient of a gather is not there on wasm
    logits: (x) =>
      tf.tidy(() => {
        const symbols = tf.reshape(x, [-1, alphabet]) as tf.Tensor2D;
        const embedded = tf.reshape(tf.matMul(symbols, embedding), [-1, inputs]) as tf.Tensor2D;
        const hidden = tf.tanh(tf.add(tf.matMul(embedded, w1), b1)) as tf.Tensor2D;
        return tf.add(tf.matMul(hidden, w2), b2) as tf.Tensor2D;
      }),
  };
}
