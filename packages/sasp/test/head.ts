import * as tf from '@tensorflow/tfjs-core';
import {
  classIndices,
  type Drawn,
  fc,
  floats,
  type Magnitude,
  made,
  mask,
  multiLabels,
  oneHotLabels,
  options,
  predicts,
  size,
  softLabels,
} from '@toploss/testing/recipes';
import type { HeadInputs } from '../src/head/inputs.js';
import {
  type HeadLoss,
  type HeadLossOptions,
  type HostHeadLoss,
  hostHeadLoss,
} from '../src/head/loop.js';

/** One of the heads, with everything that it reads. */
export interface HeadRecipe {
  readonly logits: Drawn;
  readonly features: Drawn;
  readonly targets: Drawn;
  readonly mask: Drawn | undefined;
  readonly options: {
    readonly curvature?: 'fisher' | 'hessian';
    readonly head?: 'softmax' | 'sigmoid' | 'linear';
    readonly includeBias?: boolean;
  };
}

const targets = (
  head: string | undefined,
  [batch, classes]: [number, number],
  among?: readonly Magnitude[],
) =>
  ({
    sigmoid: multiLabels(batch, classes),
    linear: floats([batch, classes], among),
  })[head ?? ''] ??
  fc.oneof(classIndices(batch, classes), oneHotLabels(batch, classes), softLabels(batch, classes));

export const headRecipeOf = (among?: readonly Magnitude[]): fc.Arbitrary<HeadRecipe> =>
  fc
    .record({
      batch: size(),
      classes: size(),
      width: size(),
      options: options<HeadRecipe['options']>({
        curvature: fc.constantFrom('fisher', 'hessian'),
        head: fc.constantFrom('softmax', 'sigmoid', 'linear'),
        includeBias: fc.boolean(),
      }),
    })
    .filter(({ classes, options }) => predicts(classes, options.head))
    .chain(({ batch, classes, width, options }) =>
      fc.record({
        logits: floats([batch, classes], among),
        features: floats([batch, width], among),
        targets: targets(options.head, [batch, classes], among),
        mask: fc.option(mask([batch]), { nil: undefined }),
        options: fc.constant(options),
      }),
    );

export const headRecipe = headRecipeOf();

export const headOptions = ({ options, mask }: HeadRecipe) => ({
  ...options,
  ...(mask && { mask: made<tf.Rank.R1>(mask) }),
});

/** The loop, its gradients as tensors. */
export function hostLoss(inputs: HeadInputs, options: HeadLossOptions): HeadLoss {
  const { value, dLogits, dFeatures } = hostHeadLoss(inputs, options) as HostHeadLoss;
  const as = (gradient: tf.Tensor | Float32Array, { shape }: tf.Tensor) =>
    gradient instanceof tf.Tensor ? gradient : tf.tensor(gradient, shape);
  return { value, dLogits: as(dLogits, inputs.logits), dFeatures: as(dFeatures, inputs.features) };
}
