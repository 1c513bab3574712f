import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Head, Term } from '@toploss/core/kit';
import { attach } from '@toploss/layers';
import { sasp, saspNetwork, saspNetworkPenalty, saspPenalty } from '@toploss/sasp';
import { expectClose, onDevice } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { normal, seeded, sequential, valuesOf } from './models.js';

type Loss = (y: tf.Tensor, p: tf.Tensor) => tf.Tensor;

/** ½ (y − p)² of the labels that are there. */
const masking =
  (isMissing: (y: tf.Tensor) => tf.Tensor): Loss =>
  (y, p) => {
    const missing = isMissing(y);
    const difference = tf.sub(tf.where(missing, tf.zerosLike(y), y), p);
    return tf.mean(tf.where(missing, tf.zerosLike(y), tf.square(difference)), -1);
  };

const compile = (model: tfl.LayersModel, loss: string | Loss) =>
  model.compile({ optimizer: tf.train.sgd(0), loss: loss as string });

/** Φ of each term in a step that moves nothing. */
async function stepOf(
  model: tfl.LayersModel,
  terms: readonly Term[],
  x: tf.Tensor,
  y: tf.Tensor,
): Promise<tf.Scalar[]> {
  const attachment = attach(model, terms);
  await model.trainOnBatch(x, y);
  const losses = attachment.losses() as Record<string, tf.Scalar>;
  expect(valuesOf(model).flat().every(Number.isFinite)).toBe(true);
  return terms.map(({ name }) => losses[name] as tf.Scalar);
}

const x = normal([5, 3], 1);
/** Of examples 0, 2 and 3. */
const some = tf.tensor1d([0, 2, 3], 'int32');
const rows = (t: tf.Tensor) => tf.gather(t, some);

/** What `sequential` makes of x: the layers before and after its activation. */
function partsOf(model: tfl.LayersModel, x: tf.Tensor) {
  const [hidden, head] = model.layers as [tfl.layers.Layer, tfl.layers.Layer];
  const [w1] = hidden.getWeights() as [tf.Tensor2D];
  const [w2, b2] = head.getWeights() as [tf.Tensor2D, tf.Tensor1D];
  const h = hidden.apply(x) as tf.Tensor2D;
  const logits = tf.add(tf.matMul(h, w2), b2) as tf.Tensor2D;
  const layers = [
    { input: x, kernel: w1, activation: 'tanh' as const },
    { input: h, kernel: w2 },
  ];
  return { h, logits, layers };
}

/** Both terms, on all rows with `ignoreLabel`, are those of the rows with a label. */
async function expectRowsAlone(
  model: tfl.LayersModel,
  {
    y,
    left,
    head,
    ignoreLabel,
  }: { y: tf.Tensor; left: tf.Tensor; head: Head; ignoreLabel: number },
) {
  const settings = { head, exact: true, root: false, scale: 'absolute' } as const;
  const terms = [
    sasp({ lambda: 1, head, ignoreLabel }),
    saspNetwork({ lambda: 1, every: 1, ...settings, ignoreLabel }),
  ];
  const [ofHead, ofAll] = await stepOf(model, terms, x, y);
  const { h, logits, layers } = partsOf(model, rows(x));
  expectClose(ofHead as tf.Scalar, saspPenalty(logits, h, left, { head }), 1e-5);
  expectClose(ofAll as tf.Scalar, saspNetworkPenalty(logits, layers, settings), 1e-5);
}

describe('labels that are missing', () => {
  test('class indices: −1, which tfjs gives no loss', async () => {
    const model = seeded(sequential('softmax'));
    compile(model, 'sparseCategoricalCrossentropy');
    const y = tf.tensor2d([[2], [-1], [0], [1], [-1]]);
    const left = tf.tensor1d([2, 0, 1], 'int32');
    await expectRowsAlone(model, { y, left, head: 'softmax', ignoreLabel: -1 });
  });

  test('one-hot rows of −1, under a loss that masks them', async () => {
    const model = seeded(sequential('softmax'));
    compile(
      model,
      masking((y) => tf.equal(y, -1)),
    );
    const y = tf.tensor2d([
      [0, 0, 1],
      [-1, -1, -1],
      [1, 0, 0],
      [0, 1, 0],
      [-1, -1, -1],
    ]);
    await expectRowsAlone(model, { y, left: rows(y), head: 'softmax', ignoreLabel: -1 });
  });

  const unknown = Number.NaN;
  const several = tf.tensor2d([
    [0, 1, 1],
    [unknown, unknown, unknown],
    [1, 0, 0],
    [0, 1, 0],
    [unknown, unknown, unknown],
  ]);

  test.each(['sigmoid', 'linear'] as const)('%s: NaN, under a loss that masks it', async (head) => {
    const model = seeded(sequential(head));
    compile(model, masking(tf.isNaN));
    await expectRowsAlone(model, { y: several, left: rows(several), head, ignoreLabel: unknown });
  });

  test('some of the labels of an example: its others count', async () => {
    const model = seeded(sequential('sigmoid'));
    compile(model, masking(tf.isNaN));
    const y = tf.tensor2d([[0, unknown, 1]]);
    const one = tf.slice(x, 0, 1);
    const term = sasp({ lambda: 1, head: 'sigmoid', ignoreLabel: unknown });
    const [phi] = await stepOf(model, [term], one, y);
    const { h, logits } = partsOf(model, one);
    // Φ = Σ_c (s − y)² (‖h‖² + 1), c = 0 and 2
    const columns = (t: tf.Tensor) => tf.gather(t, tf.tensor1d([0, 2], 'int32'), 1);
    const options = { head: 'sigmoid' } as const;
    expectClose(phi as tf.Scalar, saspPenalty(columns(logits), h, columns(y), options), 1e-5);
  });
});

// Elsewhere a label that is NaN counts as missing.
describe.skipIf(onDevice())('NaN that nobody ignores is an error, and nothing moves', () => {
  test.each<[string, Head, number[], RegExp]>([
    ['sparseCategoricalCrossentropy', 'softmax', [5, 1], /class indices; set `ignoreLabel: NaN`/],
    ['categoricalCrossentropy', 'softmax', [5, 3], /no NaN; set `ignoreLabel: NaN`/],
    ['binaryCrossentropy', 'sigmoid', [5, 3], /set `ignoreLabel` if it stands for a missing label/],
    ['meanSquaredError', 'linear', [5, 3], /set `ignoreLabel` if it stands for a missing label/],
  ])('%s', async (loss, head, shape, hint) => {
    const model = seeded(sequential(head));
    model.compile({ optimizer: 'sgd', loss });
    attach(model, [sasp()]);
    const before = valuesOf(model);
    const y = tf.fill(shape, Number.NaN);
    const error = await model.trainOnBatch(x, y).catch(({ message }: Error) => message);
    expect(error).toMatch(/^sasp: expected `targets` /);
    expect(error).toMatch(hint);
    expect(valuesOf(model)).toEqual(before);
  });
});

// tfjs' wasm backend has no gradient of gather.
describe.runIf(tf.getBackend() !== 'wasm')('tokens and their padding', () => {
  const tokens = tf.tensor2d([
    [1, 2, 0],
    [3, 1, 2],
  ]);
  const indices = tf.tensor2d(
    [
      [2, 0, 1],
      [1, 1, 0],
    ],
    [2, 3],
    'int32',
  );
  const { layers } = tfl;
  const embedding = (maskZero: boolean) =>
    layers.embedding({ inputDim: 5, outputDim: 4, inputLength: 3, maskZero });
  const tagger = (maskZero: boolean) => {
    const last = layers.dense({ units: 3, activation: 'softmax' });
    return seeded(tfl.sequential({ layers: [embedding(maskZero), last] }));
  };
  /** Features and logits of all tokens, one after the other. */
  const flat = (model: tfl.LayersModel) => {
    const [embedding, last] = model.layers as [tfl.layers.Layer, tfl.layers.Layer];
    const h = tf.reshape(embedding.apply(tokens) as tf.Tensor, [6, 4]) as tf.Tensor2D;
    const [w, b] = last.getWeights() as [tf.Tensor2D, tf.Tensor1D];
    return { h, logits: tf.add(tf.matMul(h, w), b) };
  };

  test.each([
    ['nothing is padding', false, {}, indices, [0, 1, 2, 3, 4, 5]],
    ['what is 0 is', true, {}, indices, [0, 1, 3, 4, 5]],
    [
      'a label is missing, too',
      true,
      { ignoreLabel: -1 },
      tf.where(tf.equal(tokens, 3), tf.fill([2, 3], -1, 'int32'), indices),
      [0, 1, 4, 5],
    ],
  ])('labels [B, L] for logits [B, L, C]: %s', async (_what, maskZero, options, y, counts) => {
    const model = tagger(maskZero);
    compile(model, 'sparseCategoricalCrossentropy');
    const term = sasp({ lambda: 1, ...options });
    const [phi] = await stepOf(model, [term], tokens, tf.cast(tf.expandDims(y, 2), 'float32'));
    const { h, logits } = flat(model);
    const part = (t: tf.Tensor) => tf.gather(t, tf.tensor1d(counts, 'int32'));
    const targets = part(tf.reshape(indices, [6]));
    expectClose(phi as tf.Scalar, saspPenalty(part(logits), part(h), targets), 1e-5);
  });

  test('padding of the embeddings is none of the logits [B, C]', async () => {
    const make = (maskZero: boolean) =>
      seeded(
        tfl.sequential({
          layers: [
            embedding(maskZero),
            layers.flatten(),
            layers.dense({ units: 3, activation: 'softmax' }), // as many classes as places
          ],
        }),
      );
    const phis = [];
    for (const maskZero of [false, true]) {
      const model = make(maskZero);
      compile(model, 'sparseCategoricalCrossentropy');
      phis.push(...(await stepOf(model, [sasp({ lambda: 1 })], tokens, tf.tensor2d([[2], [0]]))));
    }
    const [without, masked] = phis as [tf.Scalar, tf.Scalar];
    expect(without.dataSync()[0]).toBeGreaterThan(0);
    expectClose(masked, without, 1e-6);
  });
});
