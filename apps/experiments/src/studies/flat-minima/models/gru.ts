import * as tf from '@tensorflow/tfjs-core';
import { dense, type Parameters, parameters } from './layers.js';
import type { Model } from './model.js';
import { product } from './product.js';

const [ROWS, COLUMNS, UNITS] = [8, 8, 32];

/**
 * A gated recurrent unit that reads a digit row by row; its last state is classified.
 *
 *     z = σ(xW + hU + b),   r alike,   n = tanh(xW′ + b′ + r∘hU′),   h ← n + z∘(h − n)
 */
export function gru(seed: number): Model {
  const make = parameters(seed);
  const [update, reset, candidate] = [gate(make), gate(make), gate(make)];
  const head = dense(make, UNITS, 10);
  return {
    params: make.all,
    forward(x) {
      const batch = x.shape[0];
      const rows = tf.transpose(tf.reshape(x, [batch, ROWS, COLUMNS]), [1, 0, 2]);
      const flat = tf.reshape(rows, [-1, COLUMNS]);
      const [zs, rs, ns] = [update.read(flat), reset.read(flat), candidate.read(flat)];
      let h = tf.zeros<tf.Rank.R2>([batch, UNITS]);
      for (let t = 0; t < ROWS; t++) {
        const z = tf.sigmoid(tf.add(zs[t] as tf.Tensor, update.recall(h)));
        const r = tf.sigmoid(tf.add(rs[t] as tf.Tensor, reset.recall(h)));
        const n = tf.tanh(tf.add(ns[t] as tf.Tensor, tf.mul(r, candidate.recall(h))));
        h = tf.add(n, tf.mul(z, tf.sub(h, n)));
      }
      return { logits: head(h) as tf.Tensor2D, features: h, layers: [] };
    },
  };
}

/** What goes into a gate: of the rows, all at once, and of the state. */
function gate(make: Parameters) {
  const input = dense(make, COLUMNS, UNITS);
  const U = make.kernel([UNITS, UNITS]);
  return {
    read: (rows: tf.Tensor) => tf.unstack(tf.reshape(input(rows), [ROWS, -1, UNITS])),
    recall: (h: tf.Tensor) => product(h, U),
  };
}
