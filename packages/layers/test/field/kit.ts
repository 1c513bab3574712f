import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** A model as people build it, with sizes of a few units. */
export interface Specimen {
  /** A compiled model. */
  make(): tfl.LayersModel;
  /** For each input that is an index, how many there are; others are normal. */
  indices?: number | (number | undefined)[];
  /** Its loss says nothing of how it predicts, so that the user has to. */
  head?: 'linear' | 'softmax' | 'sigmoid';
  /** tfjs' wasm backend has no gradients of gather, and of a convolution by its filter. */
  notOnWasm?: true;
}

export type Specimens = Record<string, Specimen>;

const { layers } = tfl;
type Activation = Parameters<typeof layers.dense>[0]['activation'];

export const { concatenate, flatten } = layers;
export const stack = (...parts: tfl.layers.Layer[]) => tfl.sequential({ layers: parts });

export const dense = (
  units: number,
  activation: Activation = 'linear',
  rest: Partial<Parameters<typeof layers.dense>[0]> = {},
) => layers.dense({ units, ...(activation && { activation }), ...rest });

/** The orthogonal initializer calls operations as methods. */
const recurrentInitializer = 'glorotNormal';
type Recurrent = Omit<Parameters<typeof layers.gru>[0], 'units'>;
const recurrent =
  <L>(make: (args: Parameters<typeof layers.gru>[0]) => L) =>
  (units: number, rest: Recurrent = {}) =>
    make({ units, recurrentInitializer, ...rest });
export const gru = recurrent(layers.gru);
export const lstm = recurrent(layers.lstm as typeof layers.gru);
export const simpleRNN = recurrent(layers.simpleRNN as unknown as typeof layers.gru);

export const sequence = { returnSequences: true } as const;

export const conv = (
  filters: number,
  kernelSize: number,
  rest: Partial<Parameters<typeof layers.conv2d>[0]> = {},
) => layers.conv2d({ filters, kernelSize, ...rest });

/** Applies layers one after another. */
export const chain = (
  x: tfl.SymbolicTensor | tfl.SymbolicTensor[],
  ...parts: { apply(x: never): unknown }[]
): tfl.SymbolicTensor =>
  parts.reduce<unknown>((value, part) => part.apply(value as never), x) as tfl.SymbolicTensor;

export const input = (...shape: (number | null)[]) => tfl.input({ shape });

type Args = Parameters<tfl.LayersModel['compile']>[0];
export const compiled = <M extends tfl.LayersModel>(
  model: M,
  loss: unknown = 'categoricalCrossentropy',
  optimizer: Args['optimizer'] = tf.train.sgd(0.1),
): M => {
  model.compile({ optimizer, loss: loss as Args['loss'] });
  return model;
};

export const functional = (
  inputs: tfl.SymbolicTensor | tfl.SymbolicTensor[],
  outputs: tfl.SymbolicTensor | tfl.SymbolicTensor[],
  loss?: unknown,
) => compiled(tfl.model({ inputs, outputs }), loss);

/** A layer of the user's that computes f. */
export function custom(
  f: (...xs: tf.Tensor[]) => tf.Tensor,
  shapeOf: (...shapes: number[][]) => (number | null)[] = (shape) => shape as number[],
): tfl.layers.Layer {
  class Custom extends tfl.layers.Layer {
    static className = 'Custom';
    override call(inputs: tf.Tensor | tf.Tensor[]) {
      return f(...[inputs].flat());
    }
    override computeOutputShape(shape: tfl.Shape | tfl.Shape[]): tfl.Shape {
      return shapeOf(...((Array.isArray(shape[0]) ? shape : [shape]) as number[][]));
    }
  }
  return new Custom({});
}
