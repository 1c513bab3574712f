// The networks of the vector that PyTorch writes, with kernels as PyTorch keeps them: [fanOut, fanIn].
import * as tf from '@tensorflow/tfjs-core';
import type { DenseLayer } from '@toploss/sasp';

interface Pass {
  readonly logits: tf.Tensor2D;
  /** Of a stack of dense layers, for the closed form. */
  readonly layers: DenseLayer[];
}

type Network = (x: tf.Tensor, ...theta: tf.Tensor[]) => Pass;

const linear = (x: tf.Tensor, W: tf.Tensor, b: tf.Tensor): tf.Tensor2D =>
  tf.add(tf.matMul(x as tf.Tensor2D, W as tf.Tensor2D, false, true), b);

/** s = h Wᵀ + b and h = φ(s), of one layer after the other; the last one makes the logits. */
const stack =
  (activation: 'tanh' | 'relu'): Network =>
  (x, ...theta) => {
    const layers: DenseLayer[] = [];
    let [logits, h] = [x, x] as tf.Tensor2D[] as [tf.Tensor2D, tf.Tensor2D];
    for (let k = 0; k < theta.length; k += 2) {
      const [W, b] = [theta[k], theta[k + 1]] as [tf.Tensor2D, tf.Tensor1D];
      layers.push({ input: h, kernel: tf.transpose(W), activation });
      logits = linear(h, W, b);
      h = activation === 'tanh' ? tf.tanh(logits) : tf.relu(logits);
    }
    const last = layers.pop() as DenseLayer;
    return { logits, layers: [...layers, { input: last.input, kernel: last.kernel }] };
  };

/** (h − mean)/√(variance + 1e-5) of each row, as `nn.LayerNorm` has it. */
function normalized(h: tf.Tensor): tf.Tensor {
  const centered = tf.sub(h, tf.mean(h, 1, true));
  return tf.div(centered, tf.sqrt(tf.add(tf.mean(tf.square(centered), 1, true), 1e-5)));
}

/** A residual block of ReLUs behind a layer normalization. */
const normed: Network = (x, W1, b1, gain, shift, W2, b2, W3, b3) => {
  const h = linear(x, W1, b1);
  const block = tf.relu(linear(tf.add(tf.mul(normalized(h), gain), shift), W2, b2));
  return { logits: linear(tf.add(h, block), W3, b3), layers: [] };
};

/** r, u, n of `nn.GRU`: h ← (1 − u)⊙tanh(n_x + r⊙n_h) + u⊙h. */
const recurrent: Network = (x, W, U, b, c, V, d) => {
  let h: tf.Tensor = tf.zeros([x.shape[0] as number, U.shape[1] as number]);
  for (const e of tf.unstack(x, 1)) {
    const [rx, ux, nx] = tf.split(linear(e, W, b), 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const [rh, uh, nh] = tf.split(linear(h, U, c), 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const [r, u] = [tf.sigmoid(tf.add(rx, rh)), tf.sigmoid(tf.add(ux, uh))];
    const n = tf.tanh(tf.add(nx, tf.mul(r, nh)));
    h = tf.add(tf.mul(tf.sub(1, u), n), tf.mul(u, h));
  }
  return { logits: linear(h, V, d), layers: [] };
};

export const networks = { tanh: stack('tanh'), relu: stack('relu'), normed, recurrent };
