import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import type { DenseLayer } from '@toploss/sasp';
import type { Network } from './network.js';

/**
 * The largest eigenvalue of the Gauss–Newton matrix G = (1/n) Σ JᵢᵀAᵢJᵢ of the cross-entropy over all weights and
 * biases. With Aᵢ = RᵢRᵢᵀ it is that of the much smaller K = (1/n) (RᵢᵀJᵢJⱼᵀRⱼ)ᵢⱼ, to which every layer adds
 *
 *     K_(ic)(jd) = (1/n) Σ_ℓ ⟨δ_ℓic, δ_ℓjd⟩ (⟨aᵢ, aⱼ⟩ + 1)_{ℓ−1}
 *     δ_L = Rᵢ e_c = √p_c (e_c − p),   δ_ℓ = φ′(s_ℓ) ⊙ W_{ℓ+1}ᵀ δ_{ℓ+1}
 */
export function largestEigenvalueOf(network: Network, x: tf.Tensor2D): number {
  const { values, size } = tf.tidy(() => {
    const K = gram(network, x);
    return { values: K.dataSync(), size: K.shape[0] };
  });
  return largestEigenvalue(values, size);
}

/** K: [nC, nC] */
export function gram(network: Network, x: tf.Tensor2D): tf.Tensor2D {
  const { logits, layers } = network.forward(x);
  const [n, C] = logits.shape;
  const p = tf.softmax(logits);
  const [byClass, byRow] = [tf.expandDims(tf.sqrt(p), 2), tf.expandDims(p, 1)];
  let delta = tf.mul(byClass, tf.sub(tf.expandDims(tf.eye(C), 0), byRow)); // [n, C, fanOut]
  const shares: tf.Tensor[] = [];
  for (let l = layers.length - 1; l >= 0; l--) {
    const { input: a, kernel } = layers[l] as DenseLayer;
    const rows = tf.reshape(delta, [n * C, kernel.shape[1]]) as tf.Tensor2D;
    const products = tf.reshape(tf.matMul(rows, rows, false, true), [n, C, n, C]);
    const S = tf.add(tf.matMul(a, a, false, true), 1);
    shares.push(tf.mul(products, tf.reshape(S, [n, 1, n, 1])));
    if (l > 0) {
      const slope = SLOPES[(layers[l - 1] as DenseLayer).activation as keyof typeof SLOPES](a);
      const carried = tf.matMul(rows, kernel, false, true);
      delta = tf.mul(tf.reshape(carried, [n, C, -1]), tf.expandDims(slope, 1));
    }
  }
  return tf.div(tf.reshape(tf.addN(shares), [n * C, n * C]), n);
}

/** φ′, of the layer's output. */
const SLOPES = {
  relu: (a: tf.Tensor) => tf.step(a),
  tanh: (a: tf.Tensor) => tf.sub(1, tf.square(a)),
};

/** Of a symmetric matrix without negative eigenvalues, by power iteration. */
export function largestEigenvalue(matrix: ArrayLike<number>, size: number): number {
  let v: Float64Array = Float64Array.from({ length: size }, random(0, 'power iteration').normal);
  let value = 0;
  for (let k = 0; k < 200; k++) {
    const norm = Math.hypot(...v);
    v = v.map((x) => x / norm);
    const product = times(matrix, v);
    const next = product.reduce((sum, x, i) => sum + x * (v[i] as number), 0); // ⟨v, Kv⟩
    if (Math.abs(next - value) <= 1e-5 * next) {
      return next;
    }
    [v, value] = [product, next];
  }
  return value;
}

function times(matrix: ArrayLike<number>, v: Float64Array): Float64Array {
  const size = v.length;
  return Float64Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < size; j++) {
      sum += (matrix[i * size + j] as number) * (v[j] as number);
    }
    return sum;
  });
}
