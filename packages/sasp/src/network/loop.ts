import * as tf from '@tensorflow/tfjs-core';
import { type HostProbe, hostProbeOf } from './host-probe.js';
import {
  addScaledRows,
  dotsOfRows,
  type Matrix,
  matrixOf,
  multiply,
  squaresOf,
  transposed,
} from './matrices.js';
import type { Measure } from './measure.js';
import { slopesOf } from './operations.js';
import type { Hidden, Stack, Traced } from './trace.js';

/** Up to so many products of numbers in a way back, loops take less time than operations. */
const MOST: Readonly<Record<string, number>> = { cpu: Number.POSITIVE_INFINITY, wasm: 2 ** 18 };

const isFaster = ({ logits, hidden }: Stack): boolean => {
  const weights = hidden.reduce((sum, { kernel }) => sum + kernel.size, 0);
  return logits.shape[0] * weights <= (MOST[tf.getBackend()] ?? -1);
};

/** The trace, and its gradients when they are asked for, in loops over the values; nothing where operations are faster. */
export function loopedTrace(stack: Stack, first: tf.Tensor): Traced | undefined {
  if (!isFaster(stack)) {
    return undefined;
  }
  const { head, logits, xi, hidden, measure, counts } = stack;
  const probe = hostProbeOf(head, matrixOf(logits), xi.dataSync() as Float32Array);
  const layers = hidden.map((layer) => layerOf(layer, measure, counts?.dataSync()));
  const S = [Float64Array.from(first.dataSync()), ...layers.map(({ S }) => S)];
  const { deltas, sizes } = wayBack(layers, probe);
  let T = 0;
  for (const [l, size] of sizes.entries()) {
    for (let i = 0; i < size.length; i++) {
      T += (size[i] as number) * ((S[l] as Float64Array)[i] as number);
    }
  }
  const B = logits.shape[0];
  return {
    value: tf.scalar(T / B),
    saved: [], // what the gradient reads is no tensor
    pullback: (dy) => {
      const c = (dy.dataSync()[0] as number) / B;
      const { D, ofLayers, ofPreActivations } = wayBackAgain(layers, { deltas, sizes, S }, c);
      const dTrace = (S.at(-1) as Float64Array).map((share) => c * share);
      const dLogits = tf.tensor(probe.pullback(D, dTrace), logits.shape);
      const dFirst = tf.tensor(
        Float32Array.from(sizes[0] as Float64Array, (size) => c * size),
        [B, 1],
      );
      return [dLogits, dFirst, ...ofLayers, ...ofPreActivations];
    },
  };
}

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

function layerOf(
  hidden: Hidden,
  { scale, includeBias }: Measure,
  counts?: ArrayLike<number>,
): Layer {
  const slopes = slopesOf(hidden);
  const slope = slopes.slope.dataSync() as Float32Array;
  const bend = slopes.bend && Float32Array.from(slopes.bend.dataSync()); // to be written to
  const [input, kernel] = [matrixOf(hidden.input), matrixOf(hidden.kernel)];
  const rho2 = scale === 'relative' ? meanSquareOf(kernel) : 1;
  const one = includeBias && hidden.includeBias !== false ? 1 : 0;
  const weights = Float64Array.from({ length: input.m }, (_, i) => rho2 * (counts?.[i] ?? 1));
  const S = Float64Array.from(
    squaresOf(input),
    (square, i) => (weights[i] as number) * (square + one),
  );
  return { input, kernel, S, weights, slope, bend, reads: hidden.activation.reads };
}

const meanSquareOf = ({ values }: Matrix): number => {
  const [sum] = squaresOf({ values, m: 1, n: values.length });
  return (sum as number) / Math.max(values.length, 1);
};

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
  const ofLayers: tf.Tensor[] = [];
  const ofPreActivations: tf.Tensor[] = [];
  const delta = (l: number) => deltas[l] as Matrix;
  const scales = (x: readonly Float64Array[], l: number) =>
    (x[l] as Float64Array).map((y) => 2 * c * y);
  const isHead = layers.length === 0;
  let D: Float32Array = new Float32Array(delta(0).values.length);
  if (!isHead) {
    addScaledRows(D, scales(S, 0), delta(0).values);
  }
  for (const [l, { input, kernel, weights, slope, bend, reads }] of layers.entries()) {
    const { m, n } = input;
    const dInput = new Float32Array(m * n);
    if (bend !== undefined) {
      dInput.set(bend);
      multiply(dInput, D);
    }
    if (reads === 'preActivation') {
      ofPreActivations.push(tf.tensor(dInput.slice(), [m, n]));
      dInput.fill(0);
    }
    const sizesOfRows = scales(sizes, l + 1).map((size, i) => size * (weights[i] as number));
    addScaledRows(dInput, sizesOfRows, input.values);
    multiply(D, slope); // M
    const ofKernel = dotsOfRows(transposed({ values: D, m, n }), transposed(delta(l + 1)));
    ofLayers.push(tf.tensor(dInput, [m, n]), tf.tensor(ofKernel.values, [n, kernel.n]));
    D = dotsOfRows({ values: D, m, n }, transposed(kernel)).values;
    if (l < layers.length - 1) {
      addScaledRows(D, scales(S, l + 1), delta(l + 1).values); // at the head tr A stands for ‖δ‖²
    }
  }
  return { D, ofLayers, ofPreActivations };
}
