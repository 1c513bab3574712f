import * as tf from '@tensorflow/tfjs-core';
import { sbmpPenalty } from '@toploss/sbmp';
import { chart, curve } from './plot.js';

const [BATCH, INPUTS, CLASSES, DRAWS] = [16, 16, 4, 20];

const normal = (shape: [number, number], deviation: number, seed: number) =>
  tf.randomNormal<tf.Rank.R2>(shape, 0, deviation, 'float32', seed);

/** Φ over α beside its leading term, of a network of two layers. */
export function sbmpNoise(): string {
  const x = normal([BATCH, INPUTS], 1, 1);
  const [w1, w2] = [normal([INPUTS, 32], 0.3, 2), normal([32, CLASSES], 0.4, 3)];
  const model = (e: tf.Tensor) => tf.matMul(tf.tanh(tf.matMul(e as tf.Tensor2D, w1)), w2);
  const logits = model(x);

  const penalty = (alpha: number) => {
    const values = Array.from({ length: DRAWS }, (_, seed) =>
      tf.tidy(() => sbmpPenalty(logits, model, x, { alpha, seed }).dataSync()[0] as number),
    );
    return values.reduce((a, b) => a + b) / DRAWS;
  };
  const trace = meanTrace(model, x);
  return chart({
    x: { label: 'α, the length of the noise' },
    y: { label: 'Φ' },
    points: [
      ...curve('Φ', [0, 6], penalty, 25),
      ...curve('α²/2m · mean tr(JᵀFJ)', [0, 6], (alpha) => (alpha ** 2 / (2 * INPUTS)) * trace),
    ],
    dashed: ['α²/2m · mean tr(JᵀFJ)'],
  });
}

/** The mean of tr(JᵀFJ) = Σ_c p_c ‖J_c‖² − ‖Σ_c p_c J_c‖², where J_c is the gradient of the logit c. */
function meanTrace(model: (e: tf.Tensor) => tf.Tensor, x: tf.Tensor2D): number {
  const p = tf.softmax(model(x));
  const rows = Array.from({ length: CLASSES }, (_, c) => {
    const logit = (e: tf.Tensor) => tf.sum(tf.slice(model(e), [0, c], [BATCH, 1]));
    return { pc: tf.slice(p, [0, c], [BATCH, 1]), jacobian: tf.grad(logit)(x) };
  });
  const squares = (t: tf.Tensor) => tf.sum(tf.square(t), 1, true);
  const first = tf.addN(rows.map(({ pc, jacobian }) => tf.mul(pc, squares(jacobian))));
  const mean = tf.addN(rows.map(({ pc, jacobian }) => tf.mul(pc, jacobian)));
  return tf.mean(tf.sub(first, squares(mean))).dataSync()[0] as number;
}
