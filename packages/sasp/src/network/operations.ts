import * as tf from '@tensorflow/tfjs-core';
import { meanSquare, squaresOfRows } from './measure.js';
import { probeOf } from './probe.js';
import { products } from './products.js';
import type { Hidden, Stack, Traced } from './trace.js';

/** The trace, and its gradients when they are asked for, by operations of tfjs. */
export function traceOfOperations(stack: Stack, first: tf.Tensor): Traced {
  const { found, probe } = wayBack(stack, first);
  return {
    value: tf.mean(tf.addN(found.S.map((S, l) => tf.mul(found.sizes[l]!, S)))),
    saved: Object.values(found).flat(),
    pullback: (dy, saved) => {
      const again = regroup(found, saved);
      const c = tf.div(dy, stack.logits.shape[0]);
      const { D, ofLayers, ofPreActivations } = wayBackAgain(stack.hidden, again, c);
      const dTrace = tf.mul(c, again.S.at(-1) as tf.Tensor);
      const dLogits = probe.pullback(D, dTrace, again.probe);
      const dFirst = tf.mul(c, again.sizes[0]!);
      return [dLogits, dFirst, ...ofLayers, ...ofPreActivations];
    },
  };
}

/** Of each layer, or of each hidden one, first to last. */
interface Found {
  S: tf.Tensor[];
  /** ‖δ‖², and tr A at the head. */
  sizes: tf.Tensor[];
  deltas: tf.Tensor[];
  /** φ′, times what dropout multiplied by. */
  slopes: tf.Tensor[];
  /** m ⊙ dφ′/dx, of those that bend. */
  bends: tf.Tensor[];
  rhoSquared: tf.Tensor[];
  inputs: tf.Tensor[];
  kernels: tf.Tensor[];
  probe: tf.Tensor[];
}

function wayBack({ head, logits, xi, hidden, measure, counts }: Stack, first: tf.Tensor) {
  const { timesTransposed } = products();
  const probe = probeOf(head, logits, xi);
  const kernels = hidden.map(({ kernel }) => kernel);
  const rhoSquared = measure.scale === 'relative' ? kernels.map(meanSquare) : [];
  const S = hidden.map(({ input, includeBias = true }, l) => {
    const squares = squaresOfRows(input);
    const rho2 = rhoSquared[l];
    const isCounted = measure.includeBias && includeBias;
    const share = rho2 ? tf.mul(rho2, squares) : isCounted ? tf.add(squares, 1) : squares;
    return counted(share, counts);
  });
  const inputs = hidden.map(({ input }) => input);
  const found: Found = {
    ...{ S: [first, ...S], sizes: [probe.trace], deltas: [probe.u], slopes: [], bends: [] },
    ...{ rhoSquared, inputs, kernels, probe: probe.saved },
  };
  for (const layer of [...hidden].reverse()) {
    const m = timesTransposed(found.deltas[0] as tf.Tensor2D, layer.kernel);
    const { slope, bend } = slopesOf(layer);
    const delta = tf.mul(m, slope);
    found.deltas.unshift(delta);
    found.slopes.unshift(slope);
    found.sizes.unshift(squaresOfRows(delta));
    if (bend !== undefined) {
      found.bends.unshift(tf.mul(m, bend));
    }
  }
  return { found, probe };
}

export const counted = (share: tf.Tensor, counts: tf.Tensor | undefined): tf.Tensor =>
  counts === undefined ? share : tf.mul(share, counts);

/** φ′ and, from its own argument, dφ′/dx; where an output was dropped nothing comes back, whatever its slope. */
export function slopesOf({ input, dropout, preActivation, activation }: Hidden) {
  const { reads, slope, bend } = activation;
  if (dropout === undefined) {
    const x = reads === 'output' ? input : (preActivation as tf.Tensor);
    return { slope: slope(x), bend: bend?.(x) };
  }
  if (reads === 'preActivation') {
    const x = preActivation as tf.Tensor;
    return { slope: tf.mul(dropout, slope(x)), bend: bend && tf.mul(dropout, bend(x)) };
  }
  // The output is input/dropout, and so is its derivative by the input.
  const output = tf.divNoNan(input, dropout);
  const isKept = tf.step(dropout);
  return { slope: tf.mul(dropout, slope(output)), bend: bend && tf.mul(isKept, bend(output)) };
}

function wayBackAgain(hidden: readonly Hidden[], found: Found, c: tf.Tensor) {
  const { transposedTimes, times } = products();
  const twoC = tf.mul(2, c);
  const own = (l: number) => tf.mul(tf.mul(twoC, found.S[l]!), found.deltas[l]!);
  const ofLayers: tf.Tensor[] = [];
  const ofPreActivations: tf.Tensor[] = [];
  let bent = 0;
  let D = hidden.length === 0 ? tf.zerosLike(found.deltas[0]!) : own(0);
  for (const [l, { activation }] of hidden.entries()) {
    const M = tf.mul<tf.Tensor2D>(D, found.slopes[l]!);
    const rho2 = found.rhoSquared[l];
    const size = tf.mul(twoC, found.sizes[l + 1]!);
    const ofInput = tf.mul(rho2 ? tf.mul(rho2, size) : size, found.inputs[l]!);
    const throughSlope = activation.bend && tf.mul(D, found.bends[bent++]!);
    if (activation.reads === 'preActivation') {
      ofPreActivations.push(throughSlope ?? tf.zerosLike(D));
    }
    const isThroughOutput = throughSlope !== undefined && activation.reads === 'output';
    ofLayers.push(
      isThroughOutput ? tf.add(ofInput, throughSlope) : ofInput,
      transposedTimes(M, found.deltas[l + 1] as tf.Tensor2D),
    );
    D = times(M, found.kernels[l] as tf.Tensor2D);
    if (l < hidden.length - 1) {
      D = tf.add(D, own(l + 1)); // at the head tr A stands for ‖δ‖²
    }
  }
  return { D, ofLayers, ofPreActivations };
}

/** A flat list in the groups of `like` again. */
function regroup<Groups extends object>(like: Groups, list: readonly tf.Tensor[]): Groups {
  let start = 0;
  const groups = Object.entries(like).map(([name, { length }]) => {
    start += length;
    return [name, list.slice(start - length, start)];
  });
  return Object.fromEntries(groups);
}
