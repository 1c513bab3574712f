import * as tf from '@tensorflow/tfjs-core';
import { hostView, sumOfProducts } from '@toploss/core';
import type { Alignment, Pieces } from './alignment.js';

/** `alignmentOf` in three loops, in double precision; nothing where the values would have to be waited for. */
export function hostAlignment(g: Pieces, slow: Pieces, shortest: number): Alignment | undefined {
  const views = viewsOf(g, slow);
  if (views === undefined) {
    return undefined;
  }
  let [gg, mm, gm] = [0, 0, 0];
  for (const { x, m } of views) {
    gg += sumOfProducts(x, x);
    mm += sumOfProducts(m, m);
    gm += sumOfProducts(x, m);
  }
  const [length, slowLength] = [Math.sqrt(gg), Math.sqrt(mm)];
  if (!(Math.min(length, slowLength) > shortest)) {
    return {
      value: tf.scalar(Number.isNaN(gg + mm) ? Number.NaN : 1),
      across: g.map((piece) => tf.zerosLike(piece)),
      length: tf.scalar(length),
    };
  }
  const sign = gm < 0 ? -1 : 1;
  const [ofG, ofM] = [sign / length, 1 / slowLength];
  let [dd, along] = [0, 0];
  for (const { x, m } of views) {
    const sums = sumsOfDifference(x, m, ofG, ofM);
    dd += sums.dd;
    along += sums.gd / length;
  }
  const across = views.map(({ x, m }) => acrossOf(x, m, along / length + ofG, ofM));
  return {
    value: tf.scalar(sign > 0 ? dd / 2 : 2 - dd / 2),
    across: across.map((values, k) => tf.tensor(values, (g[k] as tf.Tensor).shape)),
    length: tf.scalar(length),
  };
}

function viewsOf(g: Pieces, slow: Pieces): { x: Float32Array; m: Float32Array }[] | undefined {
  const views = g.map((piece, k) => ({
    x: hostView(piece) as Float32Array | undefined,
    m: hostView(slow[k] as tf.Tensor) as Float32Array | undefined,
  }));
  return views.every(({ x, m }) => x && m)
    ? (views as { x: Float32Array; m: Float32Array }[])
    : undefined;
}

/** Σ d² and Σ g d, with d = m̂ − σĝ. */
function sumsOfDifference(x: Float32Array, m: Float32Array, ofG: number, ofM: number) {
  let [dd, gd] = [0, 0];
  for (let k = 0; k < x.length; k++) {
    const d = ofM * (m[k] as number) - ofG * (x[k] as number);
    dd += d * d;
    gd += d * (x[k] as number);
  }
  return { dd, gd };
}

/** ⟨ĝ,d⟩ĝ − d = (⟨ĝ,d⟩ + σ) ĝ − m̂ */
function acrossOf(x: Float32Array, m: Float32Array, ofG: number, ofM: number): Float32Array {
  const across = new Float32Array(x.length);
  for (let k = 0; k < x.length; k++) {
    across[k] = ofG * (x[k] as number) - ofM * (m[k] as number);
  }
  return across;
}
