import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { normal } from '../normal.js';
import { type AppliedName, applied, type ReadLayer, stackOf } from '../stack.js';

/** A batch, and the random numbers that go with its examples. All tensors have the examples first. */
export interface Batch {
  /** [B, D], [B, height, width, channels], or the tokens [B, L]. */
  readonly x: tf.Tensor;
  /** One-hot: [B, C]. */
  readonly labels: tf.Tensor2D;
  /** The signs of SBMP, of the shape of the embeddings. */
  readonly noise: tf.Tensor;
  /** The signs of the probe of `saspNetwork`: [B, C]. */
  readonly probe: tf.Tensor2D;
}

/** What a model makes of a batch. */
export interface Outputs {
  readonly logits: tf.Tensor2D;
  readonly features: tf.Tensor2D;
  readonly layers: ReadLayer[];
}

export interface Model {
  readonly specification: Specification;
  readonly params: tf.Variable[];
  readonly batch: Batch;
  /** v of weight noise, for each of `params`. */
  readonly shaking: tf.Tensor[];
  /** What the layers read: x itself, or the rows of the table. */
  embed(x: tf.Tensor): tf.Tensor;
  /** From there to the logits. */
  forward(embeddings: tf.Tensor): Outputs;
}

export interface Specification {
  /** 'softmax' has a softmax within, which is no activation of a layer. */
  readonly kind: 'dense' | 'convolution' | 'embedding' | 'softmax';
  readonly activation: AppliedName;
  readonly depth: number;
  readonly width: number;
  readonly classes: number;
  /** Of examples, an even number. */
  readonly examples: number;
  readonly seed: number;
}

/** Those that are smooth enough for differences; elu is once differentiable at 0. */
export const smooth = ['tanh', 'elu', 'sigmoid', 'swish', 'gelu', 'softplus'] as const;

const kinds = ['dense', 'convolution', 'embedding', 'softmax'] as const;

/** Random models: of these kinds, with these activations. */
export const specifications = (
  options: { kind?: readonly Specification['kind'][]; activation?: readonly AppliedName[] } = {},
): fc.Arbitrary<Specification> =>
  fc.record({
    kind: fc.constantFrom(...(options.kind ?? kinds)),
    activation: fc.constantFrom<AppliedName[]>(...(options.activation ?? smooth)),
    depth: fc.integer({ min: 1, max: 3 }),
    width: fc.integer({ min: 2, max: 5 }),
    classes: fc.integer({ min: 2, max: 5 }),
    examples: fc.constantFrom(2, 4, 6),
    seed: fc.integer({ min: 1, max: 1e6 }),
  });

/** Those whose layers `saspNetwork` knows. */
export const layered = { kind: ['dense', 'convolution', 'embedding'] } as const;

/** So many models; the same ones in every run, unless LAWS_SEED says otherwise. A model says enough as it is. */
export const runs = (numRuns: number) => ({
  numRuns,
  seed: Number(process.env.LAWS_SEED ?? 9),
  endOnFailure: true,
});

/** The law holds for so many random models. */
export const onModels = (
  count: number,
  law: (model: Model) => void,
  options?: Parameters<typeof specifications>[0],
): void =>
  fc.assert(
    fc.property(specifications(options), (specification) => withModel(specification, law)),
    runs(count),
  );

const [INPUTS, TOKENS, LENGTH, DIMENSION, SIDE, CHANNELS] = [3, 7, 2, 3, 4, 2];

/** Makes the model, and disposes of it and of all that `f` makes. */
export function withModel(specification: Specification, f: (model: Model) => void): void {
  const { kind, activation, depth, width, classes, examples, seed } = specification;
  let drawn = seed;
  const draw = (shape: number[], deviation = 1) => normal(shape, ++drawn, deviation);
  const signs = (shape: number[]) => tf.where(tf.greater(draw(shape), 0), 1, -1) as tf.Tensor;
  const params: tf.Variable[] = [];
  const variable = <V extends tf.Tensor>(shape: number[]) => {
    const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const made = tf.variable(draw(shape, shape.length > 1 ? 1 / Math.sqrt(fanIn) : 0.5));
    params.push(made);
    return made as unknown as V;
  };

  tf.tidy(() => {
    const table = kind === 'embedding' ? variable<tf.Tensor2D>([TOKENS, DIMENSION]) : undefined;
    const convolution =
      kind === 'convolution'
        ? { kernel: variable<tf.Tensor4D>([2, 2, CHANNELS, 2]), bias: variable<tf.Tensor1D>([2]) }
        : undefined;
    const fanIn =
      { dense: INPUTS, softmax: INPUTS, embedding: LENGTH * DIMENSION }[kind as 'dense'] ??
      2 * (SIDE - 1) ** 2;
    const widths = [fanIn, ...Array<number>(depth).fill(width)];
    const hidden = widths.slice(1).map((fanOut, l) => ({
      kernel: variable<tf.Tensor2D>([widths[l] as number, fanOut]),
      bias: variable<tf.Tensor1D>([fanOut]),
      activation,
    }));
    const head = {
      kernel: variable<tf.Tensor2D>([width, classes]),
      bias: variable<tf.Tensor1D>([classes]),
    };
    const stack = stackOf([...hidden, head]);

    const shape = {
      convolution: [examples, SIDE, SIDE, CHANNELS],
      embedding: [examples, LENGTH, DIMENSION],
      dense: [examples, INPUTS],
      softmax: [examples, INPUTS],
    }[kind];
    const batch: Batch = {
      x:
        table === undefined
          ? draw(shape)
          : tf.randomUniform([examples, LENGTH], 0, TOKENS, 'int32', ++drawn),
      labels: tf.oneHot(
        tf.randomUniform([examples], 0, classes, 'int32', ++drawn),
        classes,
        1,
        0,
        'float32',
      ) as tf.Tensor2D,
      noise: signs(shape),
      probe: signs([examples, classes]) as tf.Tensor2D,
    };

    f({
      specification,
      params,
      batch,
      shaking: params.map(({ shape }) => draw(shape)),
      embed: (x) => (table === undefined ? x : tf.gather(table, x as tf.Tensor2D)),
      forward: (embeddings) => {
        if (convolution !== undefined) {
          const { kernel, bias } = convolution;
          const product = tf.conv2d(embeddings as tf.Tensor4D, kernel, 1, 'valid');
          return stack(tf.reshape(applied[activation](tf.add(product, bias)), [-1, fanIn]));
        }
        if (kind !== 'softmax') {
          return stack(tf.reshape(embeddings, [-1, fanIn]));
        }
        const { features, layers } = stack(embeddings);
        const attention = tf.mul(width, tf.softmax(features)) as tf.Tensor2D;
        const logits = tf.add<tf.Tensor2D>(tf.matMul(attention, head.kernel), head.bias);
        return { logits, features: attention, layers };
      },
    });
  });
  tf.dispose(params);
}

/** The batch with each of its tensors changed in the same way. */
export const eachOf = (batch: Batch, change: (x: tf.Tensor) => tf.Tensor): Batch => ({
  x: change(batch.x),
  labels: change(batch.labels) as tf.Tensor2D,
  noise: change(batch.noise),
  probe: change(batch.probe) as tf.Tensor2D,
});

/** The examples of these indices. */
export const examplesOf = (batch: Batch, indices: readonly number[]): Batch =>
  eachOf(batch, (x) => tf.gather(x, tf.tensor1d([...indices], 'int32')));

/** The first half of the batch, and the second. */
export function halvesOf(batch: Batch): [Batch, Batch] {
  const examples = batch.x.shape[0] as number;
  const all = Array.from({ length: examples }, (_, i) => i);
  return [
    examplesOf(batch, all.slice(0, examples / 2)),
    examplesOf(batch, all.slice(examples / 2)),
  ];
}

/** θ by name. */
export const named = (params: readonly tf.Variable[]): tf.NamedTensorMap =>
  Object.fromEntries(params.map((variable) => [variable.name, variable]));
