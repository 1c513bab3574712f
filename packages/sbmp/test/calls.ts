import * as tf from '@tensorflow/tfjs-core';
import { sbmp, sbmpPenalty } from '@toploss/sbmp';
import {
  call,
  type Drawn,
  documented,
  fc,
  floats,
  made,
  mask,
  modelFn,
  nonNegative,
  options,
  predicts,
  run,
  type Subject,
  share,
  signs,
  size,
  user,
} from '@toploss/testing/recipes';

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
const reading = fc
  .record({ batch: size(4), width: size(4), classes: size(4) })
  .filter(({ classes }) => predicts(classes))
  .chain(({ batch, width, classes }) =>
    fc.record({
      embeddings: floats([batch, width], ['moderate', 'ties']),
      kernel: floats([width, classes], ['moderate', 'ties']),
      options: options({
        alpha: fc.constantFrom(0, 0.1, 5),
        symmetric: fc.boolean(),
        fraction: share,
        seed: fc.nat(),
        lambda: nonNegative,
      }),
      step: fc.nat(),
    }),
  );

/** Σ over the rows of p log p/q, with p as it is now, a mean over `rows` of them. */
const divergenceTo = (p: tf.Tensor, logQ: tf.Tensor, rows: number): tf.Scalar =>
  tf.div(tf.sum(tf.mul(p, tf.sub(tf.log(p), logQ))), rows);

export const means = [true, false].map((symmetric): Subject => {
  const alpha = 1;
  return {
    name: `sbmp, ${symmetric ? 'both sides' : 'one side'}`,
    value: (model, batch) => {
      const { embeddings, logits } = run(model, batch);
      const options = { alpha, symmetric, noise: batch.noise };
      return sbmpPenalty(logits, modelFn(model), embeddings, options);
    },
    hold: (model, batch) => {
      const both = () => {
        const { embeddings, logits } = run(model, batch);
        const entries = embeddings.size / (embeddings.shape[0] as number);
        const step = tf.mul(alpha / Math.sqrt(entries), batch.noise);
        return [logits, modelFn(model)(tf.add(embeddings, step))] as const;
      };
      const [p, q] = both().map((logits) => tf.softmax(logits)) as [tf.Tensor, tf.Tensor];
      const rows = batch.labels.shape[0];
      return () => {
        const [logP, logQ] = both().map((logits) => tf.logSoftmax(logits)) as [
          tf.Tensor,
          tf.Tensor,
        ];
        const there = divergenceTo(p, logQ, rows);
        return symmetric ? tf.mul(0.5, tf.add(there, divergenceTo(q, logP, rows))) : there;
      };
    },
    isShiftable: true,
  };
});

export const terms = { sbmp: (lambda: number) => sbmp({ lambda, alpha: 1 }) };

export const calls = [
  call(
    'sbmpPenalty',
    noiseRecipe,
    (of) => [made(of.logits), answering(of), made(of.embeddings), noiseOptions(of)],
    sbmpPenalty,
  ),
  call(
    'sbmp',
    reading,
    ({ embeddings, kernel, options, step }) => {
      const [e, w] = [made<tf.Rank.R2>(embeddings), made<tf.Rank.R2>(kernel)];
      const modelFn = user((x: tf.Tensor) => tf.matMul(tf.tanh(x) as tf.Tensor2D, w));
      return [{ seed: 3, ...options }, { logits: modelFn(e), modelFn, embeddings: e }, step];
    },
    (options, inputs, step) => sbmp(options).penalty(inputs, step),
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
