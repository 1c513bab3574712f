import type * as tf from '@tensorflow/tfjs-core';
import { Checks, checkClasses, flag, float32, type Head, hostView } from '@toploss/core/kit';
import type { Activation, ActivationName } from './activations.js';

export const check: Checks = new Checks('sasp.network');

/** s = x W + b. */
export interface DenseLayer {
  /** x, as the kernel reads it: [B, fanIn] */
  input: tf.Tensor2D;
  /** W: [fanIn, fanOut] */
  kernel: tf.Tensor2D;
  /** Of this layer's output; the option `activation` of the penalty says it for all of them. */
  activation?: ActivationName | Activation;
  /** s, before the activation; needed by swish and gelu, whose slope the output does not determine. */
  preActivation?: tf.Tensor;
  /** Whether the layer has a bias; default true. */
  includeBias?: boolean;
  /** What dropout multiplied the layer's input by, 0 or 1/(1 − rate); of the input's shape. */
  dropout?: tf.Tensor;
}

/** With tensors of any rank: TypeScript seldom knows it, and the checks do. */
export type AnyRank<L> = {
  [K in keyof L]:
    | Exclude<L[K], tf.Tensor>
    | ([Extract<L[K], tf.Tensor>] extends [never] ? never : tf.Tensor);
};

/** f of every tensor of a layer that has examples. */
export function mapRows(layer: DenseLayer, f: <T extends tf.Tensor>(x: T) => T): DenseLayer {
  const { input, dropout, preActivation } = layer;
  return {
    ...layer,
    input: f(input),
    ...(dropout && { dropout: f(dropout) }),
    ...(preActivation && { preActivation: f(preActivation) }),
  };
}

export function checkLogits(logits: tf.Tensor, head: Head): asserts logits is tf.Tensor2D {
  check.tensor('logits', logits, ['B', 'C']);
  if (logits.size === 0) {
    check.reject('logits', 'to have at least one example and one class', logits);
  }
  check.argument('logits', logits, float32);
  checkClasses(check.where, 'logits', logits, head);
}

/** Layers whose shapes fit from the first to the logits. */
export function checkLayers(logits: tf.Tensor2D, layers: unknown): asserts layers is DenseLayer[] {
  const [batch] = logits.shape;
  if (!Array.isArray(layers) || layers.length === 0) {
    check.reject('layers', 'to be an array of at least one layer', layers);
  }
  for (const [l, layer] of layers.entries()) {
    checkLayer(`layers[${l}]`, layer, batch);
  }
  for (const [l, { kernel }] of layers.entries()) {
    const next: tf.Tensor = layers[l + 1]?.input ?? logits;
    if (next.shape[1] !== kernel.shape[1]) {
      const reader = l + 1 < layers.length ? `layers[${l + 1}].input` : 'logits';
      const expected = `of shape [${batch}, ${kernel.shape[1]}], as layers[${l}] makes it; what lies between two layers has to be in the list`;
      check.reject(reader, expected, next);
    }
  }
}

const keys = ['input', 'kernel', 'activation', 'preActivation', 'dropout', 'includeBias'];

const NOISE =
  'take weight noise: `saspWeightsPenalty`, or `modelFn`, `embeddings` and `params` instead of `layers`';

function checkLayer(name: string, layer: unknown, batch: number): void {
  check.object(name, layer);
  const own: Partial<DenseLayer> = { ...layer }; // own keys only, as in `mapRows`
  for (const key of Object.keys(layer)) {
    if (!keys.includes(key)) {
      const expected = `to be a dense layer, with keys among ${keys.join(', ')}; for any other layer, ${NOISE}`;
      check.reject(name, expected, key);
    }
  }
  const { input, kernel, dropout, preActivation, includeBias } = own;
  if ((kernel as tf.Tensor | undefined)?.rank === 4) {
    const expected = `of a dense layer, of rank 2; for a convolution, ${NOISE}`;
    check.reject(`${name}.kernel`, expected, kernel);
  }
  if (includeBias !== undefined) {
    check.argument(`${name}.includeBias`, includeBias, flag);
  }
  const [, fanIn] = check.tensor(`${name}.input`, input, [batch, 'fanIn']);
  check.tensor(`${name}.kernel`, kernel, [fanIn as number, 'fanOut']);
  for (const [key, tensor] of Object.entries({ input, kernel, dropout, preActivation })) {
    if (tensor !== undefined) {
      check.argument(`${name}.${key}`, tensor, float32);
    }
  }
  if (dropout !== undefined) {
    check.tensor(`${name}.dropout`, dropout, (input as tf.Tensor).shape);
  }
}

/**
 * An output beyond the range of its activation shows a mistake that shapes do not: another activation, or dropout or a
 * normalization that is not in the list. Checked on cpu and wasm only, where the values can be read without waiting.
 */
export function checkRange(
  l: number,
  { input, dropout }: DenseLayer,
  { range: [least, most] }: Activation,
): void {
  const values = hostView(input);
  if (values === undefined || (!Number.isFinite(least) && !Number.isFinite(most))) {
    return;
  }
  const slack = 1e-4;
  const mask = dropout && hostView(dropout);
  for (let k = 0; k < values.length; k++) {
    const kept = mask === undefined ? 1 : mask[k]!;
    const output = values[k]! / kept;
    if (kept !== 0 && (output < least - slack || output > most + slack)) {
      check.reject(
        `layers[${l}].input`,
        `to lie in [${least}, ${most}], being the output of the activation before it; dropout between them goes into \`dropout\`, a normalization is not supported`,
        output,
      );
    }
  }
}
