import type * as tf from '@tensorflow/tfjs-core';
import type {
  History,
  LayersModel,
  LayerVariable,
  layers,
  SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { Checks, checkMinimize } from '@toploss/core/kit';

export type Layer = layers.Layer;
export type LossFunction = (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor;
/** Takes inputs, targets, and the class weights of each output if there are any. */
export type TrainFunction = (batch: tf.Tensor[]) => tf.Scalar[];

/** The model that trains, with what this package reads of a `LayersModel` beyond its public type. */
export interface TrainedModel {
  readonly inputs: SymbolicTensor[];
  readonly outputs: SymbolicTensor[];
  readonly outputNames: string[];
  readonly layers: Layer[];
  readonly nonTrainableWeights: LayerVariable[];
  /** As given to `compile`. */
  readonly loss: string | LossFunction | (string | LossFunction)[] | Record<string, unknown>;
  readonly optimizer_: tf.Optimizer | undefined;
  /** One for each output. */
  readonly lossFunctions: LossFunction[];
  readonly metricsNames: string[];
  readonly metricsTensors: unknown[];
  readonly collectedTrainableWeights: LayerVariable[];
  readonly isTraining: boolean;
  /** Of the last call of `fit`. */
  history: History | undefined;
  /** The losses of the regularizers. */
  calculateLosses(): tf.Scalar[];
  standardizeUserDataXY(x: unknown, y: unknown): [tf.Tensor[], tf.Tensor[]];
  makeTrainFunction(): TrainFunction;
}

export const check: Checks = new Checks('layers');

/** A layer in an error message. */
export const described = (layer: Layer): string => `${layer.name} (${layer.getClassName()})`;

/** The layers, and the layers of the models among them. */
export const withInner = (layers: readonly Layer[]): Layer[] => [
  ...new Set(
    layers.flatMap((layer) => [layer, ...withInner((layer as { layers?: Layer[] }).layers ?? [])]),
  ),
];

/** The model that trains: a `Sequential` has it inside, and makes another at each `compile`. */
export function trainedBy(model: LayersModel): TrainedModel {
  const { model: inner } = (model ?? {}) as { model?: TrainedModel };
  const trained = inner ?? (model as unknown as TrainedModel | undefined);
  if (typeof trained?.makeTrainFunction !== 'function') {
    check.reject('model', 'to be a tf.LayersModel or a tf.Sequential', model);
  }
  if (trained.layers.some(isDisposed)) {
    check.reject('model', 'not to be disposed of', 'a model that is');
  }
  if (trained.optimizer_ === undefined) {
    check.reject('model', 'to be compiled: call `model.compile` before', model);
  }
  return trained;
}

/** Whether tfjs would refuse to read the weights of the layer. */
const isDisposed = ({ weights }: Layer): boolean =>
  (weights as unknown as { val: tf.Variable }[]).some(({ val }) => val.isDisposed);

/** The optimizer that takes the next step: `model.optimizer` may have been assigned. */
export function optimizerOf({ optimizer_ }: TrainedModel): tf.Optimizer {
  checkMinimize(check.where, optimizer_);
  return optimizer_ as tf.Optimizer;
}

export const variablesOf = ({ collectedTrainableWeights }: TrainedModel): tf.Variable[] =>
  collectedTrainableWeights.map((weight) => weight.read() as tf.Variable);

/** Whether a weight is trained: tfjs skips weights that were frozen since `compile`. */
export const isTrainable = (model: TrainedModel): boolean =>
  variablesOf(model).some(({ trainable }) => trainable);

/** The loss of an output, as given to `compile`. */
export function lossOf({ loss, outputNames }: TrainedModel, output: number): unknown {
  if (Array.isArray(loss)) {
    return loss[output];
  }
  return typeof loss === 'object' ? loss[outputNames[output]!] : loss;
}
