import type * as tf from '@tensorflow/tfjs-core';
import { type SaspNetworkInputs, saspNetwork, saspNetworkPenalty } from '@toploss/sasp';
import { stackOf } from '@toploss/testing';
import {
  call,
  type Drawn,
  fc,
  floats,
  type Magnitude,
  made,
  options,
  type PenaltyRecipe,
  predicts,
  share,
  signs,
  size,
} from '@toploss/testing/recipes';

export const activationNames = [
  'linear',
  'relu',
  'relu6',
  'leakyRelu',
  'elu',
  'selu',
  'tanh',
  'sigmoid',
  'softplus',
  'swish',
  'gelu',
] as const;
type Name = (typeof activationNames)[number];

export interface NetworkRecipe {
  readonly x: Drawn;
  readonly kernels: readonly Drawn[];
  readonly biases: readonly (Drawn | undefined)[];
  readonly activations: readonly Name[];
  /** ξ, or none. */
  readonly probe: Drawn | undefined;
  readonly options: {
    readonly head?: 'softmax' | 'sigmoid' | 'linear';
    readonly root?: boolean;
    readonly includeBias?: boolean;
    readonly exact?: boolean;
    readonly scale?: 'absolute' | 'relative';
    readonly fraction?: number;
    readonly seed?: number;
  };
}

/** A stack of one to three dense layers. */
export const networkRecipe = (among?: readonly Magnitude[]): fc.Arbitrary<NetworkRecipe> =>
  fc
    .record({
      batch: size(),
      widths: fc.array(size(4), { minLength: 2, maxLength: 4 }),
    })
    .chain(({ batch, widths }) => {
      const layers = widths.length - 1;
      const shapes = Array.from({ length: layers }, (_, l) => widths.slice(l, l + 2));
      return fc.record({
        x: floats([batch, widths[0] as number], among),
        kernels: fc.tuple(...shapes.map((shape) => floats(shape, among))),
        biases: fc.tuple(
          ...shapes.map(([, fanOut]) =>
            fc.option(floats([fanOut as number], among), { nil: undefined }),
          ),
        ),
        activations: fc.array(fc.constantFrom(...activationNames), {
          minLength: layers - 1,
          maxLength: layers - 1,
        }),
        probe: fc.option(signs([batch, widths[layers] as number]), { nil: undefined }),
        options: options<NetworkRecipe['options']>({
          head: fc.constantFrom('softmax', 'sigmoid', 'linear'),
          root: fc.boolean(),
          includeBias: fc.boolean(),
          exact: fc.boolean(),
          scale: fc.constantFrom('absolute', 'relative'),
          fraction: share,
          seed: fc.nat(),
        }),
      });
    })
    .map((of) =>
      predicts(of.kernels.at(-1)?.shape[1] as number, of.options.head)
        ? of
        : { ...of, options: { ...of.options, head: 'linear' } },
    );

export function specification({ kernels, biases, activations }: NetworkRecipe) {
  return kernels.map((kernel, l) => {
    const bias = biases[l];
    return {
      kernel: made<tf.Rank.R2>(kernel),
      ...(bias && { bias: made<tf.Rank.R1>(bias) }),
      ...(l < activations.length && { activation: activations[l] as Name }),
    };
  });
}

export function networkOptions({ options, probe, biases }: NetworkRecipe) {
  const { includeBias, ...others } = options;
  // A bias that is not there cannot be counted.
  const isRefused = includeBias === true && biases.includes(undefined);
  return {
    seed: 0, // the same signs twice
    ...others,
    ...(includeBias !== undefined && !isRefused && { includeBias }),
    ...(probe && { probe: made<tf.Rank.R2>(probe) }),
  };
}

const outputs = (recipe: NetworkRecipe) => stackOf(specification(recipe))(made(recipe.x));

export const networkCalls = [
  call(
    'saspNetworkPenalty',
    networkRecipe(),
    (of) => {
      const { logits, layers } = outputs(of);
      return [logits, layers, networkOptions(of)];
    },
    saspNetworkPenalty,
  ),
];

/** The trace as the contract differentiates it: γ and ρ are constant in the gradient, which is then not that of differences. */
const absolute = (of: NetworkRecipe): NetworkRecipe => ({
  ...of,
  activations: of.activations.map(() => 'tanh'),
  probe: undefined,
  options: { head: of.options.head ?? 'softmax', root: true, scale: 'absolute', fraction: 1 },
});

/** The term of all layers. */
export const ofNetwork: PenaltyRecipe<NetworkRecipe & { every?: number }, SaspNetworkInputs> = {
  name: 'saspNetwork',
  where: 'sasp.network',
  make: saspNetwork,
  drawn: fc
    .tuple(networkRecipe(), options({ every: size(3) }))
    .map(([of, every]) => ({ ...of, ...every })),
  ordinary: networkRecipe(['unit']).map((of) => ({ ...absolute(of), every: 1 })),
  inputs: (of) => {
    const { logits, layers } = outputs(of);
    return { logits, layers };
  },
  options: ({ options, every }) => ({ seed: 0, ...options, ...(every && { every }) }),
  by: ({ layers }) => layers.map(({ kernel }) => kernel),
  at: (_, kernels, of) => {
    const moved = specification(of).map((layer, l) => ({
      ...layer,
      kernel: kernels[l] as tf.Tensor,
    }));
    const { logits, layers } = stackOf(moved)(made(of.x));
    return { logits, layers };
  },
};
