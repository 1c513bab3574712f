import * as tf from '@tensorflow/tfjs-core';
import { inLoop, sumOfProducts } from '@toploss/core/kit';

/** A vector in pieces, one for each variable. */
export type Pieces = readonly tf.Tensor[];

export interface Alignment {
  /** Φ = 1 − cos(g, m̄). */
  readonly value: tf.Scalar;
  /** ‖g‖ ∂Φ/∂g = −(m̂ − ⟨ĝ,m̂⟩ĝ), of length sin ≤ 1, in the pieces of g. */
  readonly across: tf.Tensor[];
  /** ‖g‖. */
  readonly length: tf.Scalar;
}

/** A shorter vector has no direction: its entries are subnormal in float32. */
export const SHORTEST = 1e-37;

/**
 * `alignmentOfOperations` in three loops, in double precision.
 *
 *     d = m̂ − ĝ:   1 − cos = ½‖d‖²
 *
 * The same formula serves opposed vectors: what double precision loses of their d, float32 does not hold of Φ.
 *
 * @returns `undefined` where reading the values would wait for a device.
 */
export const hostAlignment = (g: Pieces, slow: Pieces): Alignment | undefined =>
  inLoop([...g, ...slow], (...values) => {
    const views = g.map((_, k) => ({
      x: values[k] as Float32Array,
      m: values[g.length + k] as Float32Array,
    }));
    let [gg, mm] = [0, 0];
    for (const { x, m } of views) {
      gg += sumOfProducts(x, x);
      mm += sumOfProducts(m, m);
    }
    const [length, slowLength] = [Math.sqrt(gg), Math.sqrt(mm)];
    if (!(Math.min(length, slowLength) > SHORTEST)) {
      return {
        value: tf.scalar(Number.isNaN(gg + mm) ? Number.NaN : 1),
        across: g.map((piece) => tf.zerosLike(piece)),
        length: tf.scalar(length),
      };
    }
    const [ofG, ofM] = [1 / length, 1 / slowLength];
    let [dd, along] = [0, 0];
    for (const { x, m } of views) {
      const sums = sumsOfDifference(x, m, ofG, ofM);
      dd += sums.dd;
      along += sums.gd / length;
    }
    const across = views.map(({ x, m }) => acrossOf(x, m, along / length + ofG, ofM));
    return {
      value: tf.scalar(dd / 2),
      across: across.map((values, k) => tf.tensor(values, g[k]!.shape)),
      length: tf.scalar(length),
    };
  });

/** Σ d² and Σ g d. */
function sumsOfDifference(x: Float32Array, m: Float32Array, ofG: number, ofM: number) {
  let [dd, gd] = [0, 0];
  for (let k = 0; k < x.length; k++) {
    const d = ofM * m[k]! - ofG * x[k]!;
    dd += d * d;
    gd += d * x[k]!;
  }
  return { dd, gd };
}

/** ⟨ĝ,d⟩ĝ − d = (⟨ĝ,d⟩ + 1) ĝ − m̂ */
function acrossOf(x: Float32Array, m: Float32Array, ofG: number, ofM: number): Float32Array {
  const across = new Float32Array(x.length);
  for (let k = 0; k < x.length; k++) {
    across[k] = ofG * x[k]! - ofM * m[k]!;
  }
  return across;
}
