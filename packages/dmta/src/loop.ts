import * as tf from '@tensorflow/tfjs-core';
import { hostView, sumOfProducts } from '@toploss/core/kit';
import type { Alignment, Pieces } from './alignment.js';

/**
 * `alignmentOf` in three loops, in double precision; nothing where the values would have to be waited for.
 *
 *     d = m̂ − ĝ:   1 − cos = ½‖d‖²
 *
 * Of opposed vectors too: what double precision loses of their d, float32 does not hold of Φ.
 */
export function hostAlignment(g: Pieces, slow: Pieces, shortest: number): Alignment | undefined {
  const views = viewsOf(g, slow);
  if (views === undefined) {
    return undefined;
  }
  let [gg, mm] = [0, 0];
  for (const { x, m } of views) {
    gg += sumOfProducts(x, x);
    mm += sumOfProducts(m, m);
  }
  const [length, slowLength] = [Math.sqrt(gg), Math.sqrt(mm)];
  if (!(Math.min(length, slowLength) > shortest)) {
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
    across: across.map((values, k) => tf.tensor(values, (g[k] as tf.Tensor).shape)),
    length: tf.scalar(length),
  };
}

function viewsOf(g: Pieces, slow: Pieces): { x: Float32Array; m: Float32Array }[] | undefined {
  if (hostView(g[0] as tf.Tensor) === undefined) {
    return undefined; // nor are the others, on the same backend
  }
  return g.map((piece, k) => ({
    x: hostView(piece) as Float32Array,
    m: hostView(slow[k] as tf.Tensor) as Float32Array,
  }));
}

/** Σ d² and Σ g d. */
function sumsOfDifference(x: Float32Array, m: Float32Array, ofG: number, ofM: number) {
  let [dd, gd] = [0, 0];
  for (let k = 0; k < x.length; k++) {
    const d = ofM * (m[k] as number) - ofG * (x[k] as number);
    dd += d * d;
    gd += d * (x[k] as number);
  }
  return { dd, gd };
}

/** ⟨ĝ,d⟩ĝ − d = (⟨ĝ,d⟩ + 1) ĝ − m̂ */
function acrossOf(x: Float32Array, m: Float32Array, ofG: number, ofM: number): Float32Array {
  const across = new Float32Array(x.length);
  for (let k = 0; k < x.length; k++) {
    across[k] = ofG * (x[k] as number) - ofM * (m[k] as number);
  }
  return across;
}
