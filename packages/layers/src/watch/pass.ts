import * as tf from '@tensorflow/tfjs-core';
import { Draws } from './draws.js';
import { isActivation, type OutputEnd, outputEndsOf, withoutActivations } from './ends.js';
import { holding } from './hold.js';
import { check, type Layer, type LossFunction, lossOf, type TrainedModel } from './model.js';
import { overriding } from './override.js';
import { forward } from './train-function.js';

/** One call of a layer in a pass. An activation that ends the layer is a call of its own, unless tfjs fuses them. */
export interface LayerCall {
  readonly layer: Layer;
  readonly inputs: readonly tf.Tensor[];
  readonly outputs: readonly tf.Tensor[];
  /** The name of the activation that ends each output, where one is known to. */
  readonly activations: readonly (string | undefined)[];
  /** Whether the call applies its activation and does nothing else. */
  readonly isActivation: boolean;
  /** The same call with another input and the same random numbers. */
  again(x: tf.Tensor): tf.Tensor;
}

/** The tensors at the loss of an output. */
export interface LossEnd {
  readonly yTrue: tf.Tensor;
  readonly yPred: tf.Tensor;
  /** For each example. */
  readonly loss: tf.Tensor;
  /** The loss as given to `compile`: its name, or a function. */
  readonly lossGiven: unknown;
}

/** How another pass differs from the first one. */
export interface PassOptions {
  /** By default that of the first pass. */
  readonly batch?: tf.Tensor[];
  /** Tensors that replace the outputs of layers. */
  readonly replaced?: ReadonlyMap<Layer, tf.Tensor>;
  /** Whether the pass is for the outputs alone: its losses are 0. */
  readonly isSilent?: boolean;
}

/** One pass of a batch through the layers of a model and its losses, in training. */
export class Pass {
  readonly model: TrainedModel;
  /** Inputs, targets, and the class weights of each output if there are any. */
  readonly batch: tf.Tensor[];
  readonly draws: Draws;
  readonly calls: LayerCall[] = [];
  /** By output. */
  readonly ends: LossEnd[] = [];
  /** The loss of the batch, after `watch`. */
  loss!: tf.Scalar;
  readonly #makers = new Map<number, LayerCall>();

  constructor(model: TrainedModel, batch: tf.Tensor[], draws = new Draws()) {
    this.model = model;
    this.batch = batch;
    this.draws = draws;
  }

  /** The call that made x; `undefined` where x is an input of the model. */
  maker(x: tf.Tensor): LayerCall | undefined {
    return this.#makers.get(x.id);
  }

  /** Runs `loss` and records the pass that it makes. Afterwards the model is as it was before. */
  watch(
    loss: () => tf.Scalar,
    { replaced = new Map(), isSilent = false }: Omit<PassOptions, 'batch'> = {},
  ): this {
    const { layers, lossFunctions } = this.model;
    const watched = (layer: Layer) => {
      const replacement = replaced.get(layer);
      return { call: replacement ? () => replacement : this.#recorded(layer) };
    };
    const heard = lossFunctions.map((lossFunction, output) =>
      this.#heard(isSilent ? () => tf.scalar(0) : lossFunction, output),
    );
    this.loss = overriding(
      [this.model],
      () => ({ lossFunctions: heard }),
      () => overriding(layers, watched, () => this.draws.from(0, loss)),
    );
    return this;
  }

  /** Another pass in the same step: it draws the same random numbers, and moves no averages. */
  again({ batch = this.batch, ...options }: PassOptions = {}): Pass {
    const other = new Pass(this.model, batch, this.draws);
    const run = () => other.watch(() => forward(this.model, batch), options);
    return holding(this.model, 'always', run);
  }

  #heard(lossFunction: LossFunction, output: number): LossFunction {
    return (yTrue, yPred) => {
      const loss = lossFunction(yTrue, yPred);
      if (!(loss instanceof tf.Tensor)) {
        check.reject('model', 'to be compiled with losses that return a tensor', loss);
      }
      this.ends[output] = { yTrue, yPred, loss, lossGiven: lossOf(this.model, output) };
      return loss;
    };
  }

  #recorded(layer: Layer): Layer['call'] {
    const { call } = layer;
    const { draws } = this;
    return (given, kwargs) => {
      const inputs = [given].flat();
      const ends = outputEndsOf(layer);
      const start = draws.next;
      const made = withoutActivations(ends, () => call.call(layer, given, kwargs));
      // If a layer returns its input, tfjs' `apply` would replace it by a clone.
      const outputs = [made].flat().map((x) => (inputs.includes(x) ? tf.clone(x) : x));
      this.#record({
        ...{ layer, inputs, outputs, isActivation: isActivation(layer) },
        activations: ends.map(({ activation }) => activation),
        again: (x) => draws.from(start, () => [call.call(layer, [x], kwargs)].flat()[0]!),
      });
      const activated = outputs.map((s, k) => this.#activated(layer, s, ends[k]));
      return Array.isArray(made) ? activated : activated[0]!; // a model returns a list
    };
  }

  /** Applies the activation that a layer has left out. */
  #activated(layer: Layer, s: tf.Tensor, { split }: OutputEnd = {}): tf.Tensor {
    if (split === undefined) {
      return s;
    }
    const { activation } = split;
    const again = (x: tf.Tensor) => activation.apply(x);
    const a = again(s);
    const activations = [activation.getClassName()];
    this.#record({ layer, inputs: [s], outputs: [a], activations, isActivation: true, again });
    return a;
  }

  #record(call: LayerCall): void {
    this.calls.push(call);
    for (const { id } of call.outputs) {
      this.#makers.set(id, call);
    }
  }
}
