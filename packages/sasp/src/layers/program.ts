import * as tf from '@tensorflow/tfjs-core';
import { byPrograms, type Head, launch, type Text } from '@toploss/core/kit';
import { isSmall } from '../trace/class-sums.js';
import { regroup } from './groups.js';
import { probeText } from './probe-text.js';
import { firstRows, meanOf, rowsOf } from './rows-program.js';
import { type SlopeText, slopeTextOf } from './slope-text.js';
import type { Stack, Traced } from './stack.js';

/** Of a hidden layer, as the programs read it. */
interface Layer {
  readonly a: tf.Tensor2D;
  readonly kernel: tf.Tensor2D;
  readonly dropout: tf.Tensor | undefined;
  readonly text: SlopeText;
}

/** A program adds the shares of so many layers at most, and a thread loops over so many units. */
const [MOST_LAYERS, MOST_UNITS] = [6, 1024];

/**
 * `traceOfOperations` with programs between the products of matrices: u; of each hidden layer δ, and its numbers by
 * rows; T. Back: of each hidden layer M and ∂/∂a; at the logits ∂/∂z.
 */
export function traceByPrograms(stack: Stack, first: tf.Tensor): Traced | undefined {
  const { logits, hidden } = stack;
  const texts = hidden.map(({ activation }) => slopeTextOf(activation));
  const isBuiltIn = texts.every((text) => text !== undefined);
  const widest = Math.max(0, ...hidden.map(({ kernel }) => kernel.shape[0]));
  const isNarrow = widest <= MOST_UNITS && hidden.length <= MOST_LAYERS;
  return isBuiltIn && hidden.length > 0 && isNarrow && isSmall(...logits.shape)
    ? byPrograms('sasp.layers', () => traceOf(stack, first, texts as SlopeText[]))
    : undefined;
}

function traceOf(stack: Stack, first: tf.Tensor, texts: readonly SlopeText[]): Traced {
  const { logits, xi, hidden, head } = stack;
  const { ms, deltas } = wayBack(stack, texts);
  const rows = [
    firstRows(first, deltas[0] as tf.Tensor2D),
    ...hidden.map((_, l) => rowsOf(stack, l, deltas)),
  ];
  const kept = {
    ...{ logits: [logits], xi: [xi], ms, deltas, rows },
    inputs: hidden.map(({ input }) => input),
    kernels: hidden.map(({ kernel }) => kernel),
    dropouts: hidden.map(({ dropout, input }) => dropout ?? input),
  };
  return {
    value: meanOf(rows),
    saved: Object.values(kept).flat(),
    pullback: (dy, saved) => {
      const { logits, xi, rows, ...again } = regroup(kept, saved);
      const layers = hidden.map(
        ({ dropout }, l): Layer => ({
          ...{ a: again.inputs[l]!, kernel: again.kernels[l]!, text: texts[l]! },
          dropout: dropout && again.dropouts[l],
        }),
      );
      const { G, ofLayers } = wayBackAgain(layers, { ...again, rows }, dy);
      const ofLogits = { logits: logits[0]!, xi: xi[0]!, G, dy, rows: rows.at(-1)! };
      return [dLogitsOf(head, ofLogits), dFirstOf(rows[0]!, dy), ...ofLayers];
    },
  };
}

function wayBack({ head, logits, xi, hidden }: Stack, texts: readonly SlopeText[]) {
  const [B, C] = logits.shape;
  const entry = probeText[head].u(C);
  let delta = launch<tf.Tensor2D>({ inputs: { logits, xi }, shape: [B, C], entry });
  const [ms, deltas]: [tf.Tensor2D[], tf.Tensor2D[]] = [[], [delta]];
  for (const [l, { kernel, input, dropout }] of [...hidden.entries()].reverse()) {
    const m = tf.matMul<tf.Tensor2D>(delta, kernel, false, true);
    delta = deltaOf({ a: input, kernel, text: texts[l] as SlopeText, dropout }, m);
    ms.unshift(m);
    deltas.unshift(delta);
  }
  return { ms, deltas };
}

/** From G = ∂L/∂u, and ∂L/∂(tr A) = S/B. */
function dLogitsOf(
  head: Head,
  inputs: Readonly<Record<'logits' | 'xi' | 'G' | 'dy' | 'rows', tf.Tensor>>,
): tf.Tensor {
  const [B, C] = inputs.logits.shape as [number, number];
  return launch({
    inputs,
    shape: [B, C],
    entry: `float t = dy(0, 0, 0) / ${B}. * rows(0, i, 0);
      ${probeText[head].pullback(C)}`,
  });
}

const dFirstOf = (rows: tf.Tensor2D, dy: tf.Scalar): tf.Tensor =>
  launch({
    inputs: { dy, rows },
    shape: [rows.shape[0], 1],
    entry: `return dy(0, 0, 0) / ${rows.shape[0]}. * rows(0, i, 1);`,
  });

/** Declares the slope, times what dropout multiplied by, and the bend; where an output was dropped both are 0. */
const slopeOf = ({ dropout, text }: Layer): Text =>
  dropout === undefined
    ? `
      float a = acts(0, i, j);
      float slope = ${text.slope};
      float bend = ${text.bend ?? '0.'};`
    : `
      float kept = dropout(0, i, j);
      float a = select(acts(0, i, j) / kept, 0., kept == 0.);
      float slope = kept * ${text.slope};
      float bend = select(${text.bend ?? '0.'}, 0., kept == 0.);`;

const read = ({ a, dropout }: Layer) => ({ acts: a, ...(dropout && { dropout }) });

const deltaOf = (layer: Layer, m: tf.Tensor2D): tf.Tensor2D =>
  launch({
    inputs: { ...read(layer), m },
    shape: m.shape,
    entry: `${slopeOf(layer)} return m(0, i, j) * slope;`,
  });

interface Kept {
  readonly ms: readonly tf.Tensor2D[];
  readonly deltas: readonly tf.Tensor2D[];
  readonly rows: readonly tf.Tensor2D[];
}

function wayBackAgain(layers: readonly Layer[], { ms, deltas, rows }: Kept, dy: tf.Scalar) {
  const ofLayers: tf.Tensor[] = [];
  let product: tf.Tensor2D | undefined;
  for (const [l, layer] of layers.entries()) {
    const m = ms[l]!;
    const inputs = { ...read(layer), m, dy, here: rows[l]!, ...(product && { product }) };
    const D = `
      ${slopeOf(layer)}
      float twice = 2. * dy(0, 0, 0) / ${m.shape[0]}.;
      float D = twice * here(0, i, 0) * m(0, i, j) * slope ${product ? '+ product(0, i, j)' : ''};`;
    const M = launch<tf.Tensor2D>({ inputs, shape: m.shape, entry: `${D} return D * slope;` });
    const ofInput = launch({
      inputs: { ...inputs, next: rows[l + 1]! },
      shape: m.shape,
      entry: `
        ${D}
        float size = twice * next(0, i, 1) * next(0, i, 2);
        return size * acts(0, i, j) + D * m(0, i, j) * bend;`,
    });
    ofLayers.push(ofInput, tf.matMul(M, deltas[l + 1]!, true));
    product = tf.matMul(M, layer.kernel);
  }
  return { G: product as tf.Tensor2D, ofLayers };
}
