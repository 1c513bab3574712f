import * as tf from '@tensorflow/tfjs-core';
import type { Scale } from '../trace/scale.js';
import {
  addScaledRows,
  dotsOfRows,
  type Matrix,
  matrixOf,
  multiply,
  scaled,
  squaresOf,
  transposed,
  viewOf,
} from './matrices.js';
import { sharesOf } from './measure.js';
import { type HostProbe, hostProbe } from './probe-loop.js';
import { slopesOf } from './slopes.js';
import { argumentsOf, type Hidden, type Stack, type Traced } from './stack.js';

/** Up to so many products of numbers in a way back, loops take less time than operations. */
const MOST: Readonly<Record<string, number>> = { cpu: Number.POSITIVE_INFINITY, wasm: 2 ** 18 };

const isFaster = ({ logits, hidden }: Stack): boolean => {
  const weights = hidden.reduce((sum, { kernel }) => sum + kernel.size, 0);
  return logits.shape[0] * weights <= (MOST[tf.getBackend()] ?? -1);
};

/**
 * `traceOfOperations` in loops over the values; `undefined` if operations are faster.
 *
 * The gradients are computed at once, as long as the views of the values are valid. They are divided by √T, so that they
 * overflow float32 only if the gradients of √T do.
 */
export function hostTrace(stack: Stack, first: tf.Tensor): Traced | undefined {
  if (!isFaster(stack)) {
    return undefined;
  }
  const { head, logits, xi, hidden, scale, counts } = stack;
  const slopes = hidden.map(slopesOf);
  // No tensor is made from here to the value: on wasm it could move the memory that the views read.
  const probe = hostProbe(head, matrixOf(logits), viewOf(xi));
  const seen = counts && viewOf(counts);
  const layers = hidden.map((layer, l) => layerOf(layer, slopes[l] as Slopes, scale, seen));
  const S = [new Float64Array(viewOf(first)), ...layers.map(({ S }) => S)];
  const { deltas, sizes } = wayBack(layers, probe);
  let T = 0;
  for (const [l, size] of sizes.entries()) {
    for (let i = 0; i < size.length; i++) {
      T += size[i]! * ((S[l] as Float64Array)[i] as number);
    }
  }
  const B = logits.shape[0];
  const unit = Math.sqrt(T / B) || 1;
  const c = 1 / (B * unit);
  const { D, ofLayers } = wayBackAgain(layers, { deltas, sizes, S }, c);
  const dLogits = probe.pullback(D, scaled(S.at(-1) as Float64Array, c));
  const dFirst = new Float32Array(scaled(sizes[0] as Float64Array, c));
  const shapes = argumentsOf(stack, first).map(({ shape }) => shape);
  const grads = [dLogits, dFirst, ...ofLayers];
  return {
    value: tf.scalar(T / B),
    saved: [], // the gradient reads arrays, not tensors
    pullback: (dy) => {
      const factor = unit * (viewOf(dy)[0] as number);
      return grads.map((grad, k) => tf.tensor(scaled(grad, factor), shapes[k]));
    },
  };
}

type Slopes = ReturnType<typeof slopesOf>;

interface Layer {
  readonly input: Matrix;
  readonly kernel: Matrix;
  readonly S: Float64Array;
  /** What ‖a‖² is multiplied by in S, for every row: ρ² or 1, and 0 where the row doesn't count. */
  readonly weights: Float64Array;
  readonly slope: Float32Array;
  readonly bend: Float32Array | undefined;
  readonly reads: 'output' | 'preActivation';
}

function layerOf(hidden: Hidden, slopes: Slopes, scale: Scale, counts?: ArrayLike<number>): Layer {
  const slope = viewOf(slopes.slope);
  const bend = slopes.bend && viewOf(slopes.bend).slice(); // to be written to
  const [input, kernel] = [matrixOf(hidden.input), matrixOf(hidden.kernel)];
  const { rho2, S } = sharesOf(input, kernel, hidden.includeBias, scale);
  const weights = S.map((_, i) => rho2 * (counts?.[i] ?? 1));
  if (counts !== undefined) {
    multiply(S, counts);
  }
  return { input, kernel, S, weights, slope, bend, reads: hidden.activation.reads };
}

interface Found {
  readonly deltas: readonly Matrix[];
  readonly sizes: readonly Float64Array[];
  readonly S: readonly Float64Array[];
}

function wayBack(layers: readonly Layer[], { u, trace }: HostProbe) {
  const deltas = [u];
  const sizes: Float64Array[] = [trace];
  for (const { kernel, slope, bend } of [...layers].reverse()) {
    const delta = dotsOfRows(deltas[0] as Matrix, kernel);
    if (bend !== undefined) {
      multiply(bend, delta.values); // m ⊙ dφ′/dx
    }
    multiply(delta.values, slope);
    deltas.unshift(delta);
    sizes.unshift(squaresOf(delta));
  }
  return { deltas, sizes };
}

function wayBackAgain(layers: readonly Layer[], { deltas, sizes, S }: Found, c: number) {
  const ofLayers: Float32Array[] = [];
  const delta = (l: number) => deltas[l] as Matrix;
  const scales = (x: readonly Float64Array[], l: number) => scaled(x[l] as Float64Array, 2 * c);
  let D: Float32Array = new Float32Array(delta(0).values.length);
  if (layers.length > 0) {
    addScaledRows(D, scales(S, 0), delta(0).values);
  }
  for (const [l, { input, kernel, weights, slope, bend, reads }] of layers.entries()) {
    const { m, n } = input;
    const throughSlope = bend ?? new Float32Array(m * n);
    if (bend !== undefined) {
      multiply(bend, D);
    }
    const isOutputRead = reads === 'output';
    const ofInput = isOutputRead ? throughSlope : new Float32Array(m * n);
    const sizesOfRows = scales(sizes, l + 1);
    multiply(sizesOfRows, weights);
    addScaledRows(ofInput, sizesOfRows, input.values);
    multiply(D, slope); // M
    const ofKernel = dotsOfRows(transposed({ values: D, m, n }), transposed(delta(l + 1)));
    ofLayers.push(ofInput, ofKernel.values, ...(isOutputRead ? [] : [throughSlope]));
    D = dotsOfRows({ values: D, m, n }, transposed(kernel)).values;
    if (l < layers.length - 1) {
      addScaledRows(D, scales(S, l + 1), delta(l + 1).values); // at the head, tr A replaces ‖δ‖²
    }
  }
  return { D, ofLayers };
}
