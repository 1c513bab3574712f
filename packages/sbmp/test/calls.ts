import * as tf from '@tensorflow/tfjs-core';
import { type SbmpInputs, sbmp, sbmpPenalty } from '@toploss/sbmp';
import {
  call,
  type Drawn,
  documented,
  fc,
  floats,
  type Magnitude,
  made,
  mask,
  nonNegative,
  options,
  type PenaltyRecipe,
  predicts,
  share,
  signs,
  size,
  user,
} from '@toploss/testing/recipes';

export { means, terms } from './subjects.js';

export interface NoiseRecipe {
  readonly embeddings: Drawn;
  readonly logits: Drawn;
  /** What the model makes of the noisy embeddings. */
  readonly noisyLogits: Drawn;
  readonly noise: Drawn | undefined;
  readonly mask: Drawn | undefined;
  readonly options: {
    readonly alpha?: number;
    readonly symmetric?: boolean;
    readonly seed?: number;
    readonly reduction?: 'rows' | 'batch';
  };
}

export const noiseRecipe: fc.Arbitrary<NoiseRecipe> = fc
  .record({
    batch: size(4),
    positions: fc.option(size(3), { nil: undefined }),
    width: size(4),
    classes: size(4),
    isPooled: fc.boolean(), // logits without positions
    isOneLaw: fc.boolean(),
  })
  .filter(({ classes }) => predicts(classes))
  .chain(({ batch, positions, width, classes, isPooled, isOneLaw }) => {
    const before = positions === undefined ? [batch] : [batch, positions];
    const logits = [...(isPooled ? [batch] : before), classes];
    const bothLogits: fc.Arbitrary<[Drawn, Drawn]> = isOneLaw
      ? // close to each other
        floats(logits).chain((z) =>
          floats(logits, ['moderate']).map((d): [Drawn, Drawn] => [
            z,
            {
              ...z,
              values: z.values.map((x, k) => bounded(x * (1 + 1e-5 * (d.values[k] as number)))),
            },
          ]),
        )
      : fc.tuple(floats(logits), floats(logits));
    return fc.record({
      both: bothLogits,
      embeddings: floats([...before, width]),
      noise: fc.option(signs([...before, width]), { nil: undefined }),
      mask: fc.option(fc.oneof(mask([batch]), mask(before)), { nil: undefined }),
      options: options<NoiseRecipe['options']>({
        alpha: nonNegative,
        symmetric: fc.boolean(),
        seed: fc.nat(),
        reduction: fc.constantFrom('rows', 'batch'),
      }),
    });
  })
  .map(({ both: [logits, noisyLogits], ...rest }) => ({ ...rest, logits, noisyLogits }));

const bounded = (x: number) => Math.fround(Math.max(-3e38, Math.min(3e38, x)));

export const noiseOptions = ({ options, noise, mask }: NoiseRecipe) => ({
  seed: 0, // the same signs twice
  ...options,
  ...(noise && { noise: made(noise) }),
  ...(mask && { mask: made<tf.Rank.R1>(mask) }),
});

/** A model that answers what was drawn, whatever it is asked. */
const answering = (of: NoiseRecipe) => {
  const answer = made(of.noisyLogits);
  return user(() => tf.clone(answer));
};

/** A model that reads its embeddings. */
interface ReadingRecipe {
  readonly embeddings: Drawn;
  readonly kernel: Drawn;
  readonly noise?: Drawn | undefined;
  readonly options: object;
}

const reading = <Own extends object>(
  among: readonly Magnitude[],
  options: fc.Arbitrary<Own>,
): fc.Arbitrary<ReadingRecipe> =>
  fc
    .record({ batch: size(4), width: size(4), classes: size(4) })
    .filter(({ classes }) => predicts(classes))
    .chain(({ batch, width, classes }) =>
      fc.record({
        embeddings: floats([batch, width], among),
        kernel: floats([width, classes], among),
        noise: fc.option(signs([batch, width]), { nil: undefined }),
        options,
      }),
    );

/** The term whose differences give the gradient while p is held constant. */
const oneSide = { alpha: 1, symmetric: false };

export const penalties: PenaltyRecipe<ReadingRecipe, SbmpInputs>[] = [
  {
    name: 'sbmp',
    make: sbmp,
    drawn: reading(
      ['moderate', 'ties'],
      options({
        alpha: fc.constantFrom(0, 0.1, 5),
        symmetric: fc.boolean(),
        fraction: share,
        seed: fc.nat(),
      }),
    ),
    ordinary: reading(['unit'], fc.constant(oneSide)),
    inputs: ({ embeddings, kernel, noise }) => {
      const [e, w] = [made<tf.Rank.R2>(embeddings), made<tf.Rank.R2>(kernel)];
      const modelFn = user((x: tf.Tensor) => tf.matMul(tf.tanh(x) as tf.Tensor2D, w));
      return { logits: modelFn(e), modelFn, embeddings: e, ...(noise && { noise: made(noise) }) };
    },
    options: ({ options }) => ({ seed: 3, ...options }),
    by: ['embeddings'],
    held: ({ embeddings }, { logits, modelFn, noise }) =>
      sbmpPenalty(logits, modelFn, embeddings, { ...oneSide, seed: 3, ...(noise && { noise }) }),
    optional: ['noise'],
  },
];

export const calls = [
  call(
    'sbmpPenalty',
    noiseRecipe,
    (of) => [made(of.logits), answering(of), made(of.embeddings), noiseOptions(of)],
    sbmpPenalty,
  ),
];

export const defaults = [
  documented('sbmpPenalty', noiseRecipe, (of) => {
    const [z, noisy, e] = [made(of.logits), made(of.noisyLogits), made(of.embeddings)];
    return {
      defaults: { alpha: 5, symmetric: true, reduction: 'rows', fraction: 1 },
      options: noiseOptions(of),
      run: (options: object) => sbmpPenalty(z, () => noisy, e, options),
    };
  }),
];

const z = tf.zeros<tf.Rank.R2>([1, 2]);
export const tables = [[sbmp, (options: object) => sbmpPenalty(z, () => z, z, options)]];
