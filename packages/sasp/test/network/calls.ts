import type * as tf from '@tensorflow/tfjs-core';
import { saspNetwork, saspNetworkPenalty } from '@toploss/sasp';
import { stackOf } from '@toploss/testing';
import {
  call,
  type Drawn,
  fc,
  floats,
  type Magnitude,
  made,
  nonNegative,
  options,
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
  call(
    'saspNetwork',
    fc.tuple(networkRecipe(), options({ lambda: nonNegative, every: size(3) }), fc.nat(6)),
    ([of, term, step]) => {
      const { logits, layers } = outputs(of);
      return [{ seed: 0, ...of.options, ...term }, { logits, layers }, step];
    },
    (options, inputs, step) => saspNetwork(options).penalty(inputs, step),
  ),
];
