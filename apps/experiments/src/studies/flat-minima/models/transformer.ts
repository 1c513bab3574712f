import * as tf from '@tensorflow/tfjs-core';
import { dense, type Layer, normalization, type Parameters, parameters } from './layers.js';
import type { Model } from './model.js';

const [TOKENS, COLUMNS, WIDTH, HIDDEN] = [8, 8, 32, 64];

/**
 * The rows of a digit as tokens, with learned positions, through one block with layer normalization; the mean of the tokens
 * is classified. All but the attention takes the tokens of all digits as rows of a matrix.
 */
export function transformer(seed: number): Model {
  const make = parameters(seed);
  const embed = dense(make, COLUMNS, WIDTH);
  const positions = make.kernel([TOKENS, WIDTH], TOKENS / 4);
  const attend = attention(make);
  const before = normalization(make, WIDTH, [1]);
  const between = normalization(make, WIDTH, [1]);
  const expand = dense(make, WIDTH, HIDDEN, 2);
  const contract = dense(make, HIDDEN, WIDTH);
  const after = normalization(make, WIDTH, [1]);
  const head = dense(make, WIDTH, 10);
  return {
    params: make.all,
    forward(x) {
      const embedded = embed(tf.reshape(x, [-1, COLUMNS]));
      const tokens = rows(tf.add(perDigit(embedded), positions));
      const mixed = tf.add(tokens, attend(before(tokens).y));
      const block = tf.add(mixed, contract(tf.relu(expand(between(mixed).y))));
      const features = tf.mean(perDigit(after(block).y), 1) as tf.Tensor2D;
      return { logits: head(features) as tf.Tensor2D, features, layers: [] };
    },
  };
}

const rows = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [-1, WIDTH]);
const perDigit = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [-1, TOKENS, WIDTH]);

/** Scaled dot products of queries and keys as weights of the values. */
function attention(make: Parameters): Layer {
  const query = dense(make, WIDTH, WIDTH);
  const key = dense(make, WIDTH, WIDTH);
  const value = dense(make, WIDTH, WIDTH);
  const out = dense(make, WIDTH, WIDTH);
  return (x) => {
    const scores = tf.matMul(perDigit(query(x)), perDigit(key(x)), false, true);
    const weights = tf.softmax(tf.mul(scores, 1 / Math.sqrt(WIDTH)));
    return out(rows(tf.matMul(weights, perDigit(value(x)))));
  };
}
