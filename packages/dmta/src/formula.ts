import * as tf from '@tensorflow/tfjs-core';
import {
  addAll,
  dot,
  elementwise,
  finiteEntries,
  hostView,
  isLooped,
  norm,
  ownView,
} from '@toploss/core/kit';
import { type Alignment, hostAlignment, type Pieces, SHORTEST } from './loop.js';
import { combinedByProgram, nextByProgram } from './program.js';

/**
 * How far two vectors point apart, and where to turn g to bring them together.
 *
 * 1 − cos would carry the rounding of the cosine, which is all there is of it between vectors that nearly
 * agree, or nearly oppose each other. Their difference is as small as the angle, and so is its rounding:
 *
 *     d = m̂ − σĝ,   σ = sign cos:   1 − σ cos = ½‖d‖²,   m̂ − ⟨ĝ,m̂⟩ĝ = d − ⟨ĝ,d⟩ĝ
 *
 * Where one of them is zero, the cosine counts as 0: Φ = 1, and no direction is better than another.
 */
export const alignmentOf = (g: Pieces, slow: Pieces): Alignment =>
  hostAlignment(g, slow) ?? alignmentOfOperations(g, slow);

export function alignmentOfOperations(g: Pieces, slow: Pieces): Alignment {
  const [length, slowLength] = [norm(g), norm(slow)];
  const [gUnit, mUnit] = [unit(g, length), unit(slow, slowLength)];
  const sign = tf.where(tf.less(inner(gUnit, mUnit), 0), -1, 1);
  const d = mUnit.map((m, k) => tf.sub(m, tf.mul(sign, gUnit[k]!)));
  const half = tf.mul(0.5, inner(d, d));
  const along = inner(gUnit, d);

  const haveDirections = tf.greater(tf.minimum(length, slowLength), SHORTEST);
  const value = tf.where(tf.greater(sign, 0), half, tf.sub(2, half));
  return {
    // ½‖d‖² of a right angle is 1 up to rounding, and so never over 2.
    value: tf.where(haveDirections, value, 1) as tf.Scalar,
    across: d.map((piece, k) =>
      tf.where(haveDirections, tf.sub(tf.mul(along, gUnit[k]!), piece), 0),
    ),
    length,
  };
}

const unit = (x: Pieces, length: tf.Scalar): tf.Tensor[] =>
  x.map((piece) => tf.div(piece, tf.maximum(length, SHORTEST)));

const inner = (a: Pieces, b: Pieces): tf.Scalar => addAll(a.map((piece, k) => dot(piece, b[k]!)));

/** ‖g‖, or what stands for it where it is shorter. */
export const floored = (length: tf.Scalar, eps: number): tf.Scalar =>
  tf.maximum(length, Math.max(eps, SHORTEST));

/**
 * m̄ + (1 − μ)(g − m̄): in float32, μ = .9999 and 1 − μ do not quite sum to 1. A sum with m̄ also never gives −0, which JSON
 * does not know.
 */
export const toward = (average: tf.Tensor, gradient: tf.Tensor, share: number): tf.Tensor =>
  elementwise(
    average,
    gradient,
    (m, g, next) => moveLoop(m, g, share, next),
    () => tf.add(average, tf.mul(share, tf.sub(gradient, average))),
  );

/** The next average. The entries of a gradient that are not finite keep the average, where the values cannot be seen. */
export const next = (
  average: tf.Tensor | undefined,
  gradient: tf.Tensor,
  share: number,
): tf.Tensor => nextByProgram(average, gradient, share) ?? nextElsewhere(average, gradient, share);

export function nextElsewhere(
  average: tf.Tensor | undefined,
  gradient: tf.Tensor,
  share: number,
): tf.Tensor {
  const before = average ?? tf.zerosLike(gradient);
  const g = hostView(gradient) ? gradient : tf.where(finiteEntries(gradient), gradient, before);
  return share === 1 ? tf.add(g, 0) : toward(before, g, share);
}

function moveLoop(
  m: Readonly<Float32Array>,
  g: Readonly<Float32Array>,
  share: number,
  next: Float32Array,
): void {
  for (let k = 0; k < next.length; k++) {
    const before = m[k]!;
    next[k] = Math.fround(before + share * (g[k]! - before)) + 0;
  }
}

/**
 * `toward`, written to the averages themselves.
 *
 * @returns Whether it was. Nothing is written unless all values are small and at hand, and no other tensor shares an average.
 */
export function moveInPlace(
  averages: readonly tf.Tensor[],
  gradients: readonly tf.Tensor[],
  share: number,
): boolean {
  const views = averages.map((average) => (isLooped(average.size) ? ownView(average) : undefined));
  if (views.includes(undefined)) {
    return false;
  }
  for (const [k, view] of views.entries()) {
    const m = view as Float32Array;
    moveLoop(m, hostView(gradients[k]!) as Float32Array, share, m);
  }
  return true;
}

/** c g + f m̄, with m̄ = 0 if it is left out. */
export const combined = (
  c: number,
  gradient: tf.Tensor,
  f: number,
  average: tf.Tensor | undefined,
): tf.Tensor =>
  combinedByProgram(c, gradient, f, average) ??
  combinedElsewhere(c, gradient, f, average ?? tf.zerosLike(gradient));

export const combinedElsewhere = (
  c: number,
  gradient: tf.Tensor,
  f: number,
  average: tf.Tensor,
): tf.Tensor =>
  elementwise(
    gradient,
    average,
    (g, m, sum) => {
      for (let k = 0; k < sum.length; k++) {
        sum[k] = c * g[k]! + f * m[k]!;
      }
    },
    () => tf.add(tf.mul(c, gradient), tf.mul(f, average)),
  );
