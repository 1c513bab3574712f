import * as tf from '@tensorflow/tfjs-core';
import { Draws } from './draws.js';
import { type ActivatedLayer, linearly, splitEndsOf, withoutActivation } from './ends.js';
import { holding } from './hold.js';
import { check, type Layer, type LossFunction, type TrainedModel } from './model.js';
import { overriding } from './override.js';
import { forward } from './train-function.js';

/** What a layer was given in a pass, and what it made of it. */
export interface LayerCall {
  readonly layer: Layer;
  readonly inputs: readonly tf.Tensor[];
  readonly outputs: readonly tf.Tensor[];
  /** For each output s, before the activation that ends the layer, where the two are computed one by one. */
  readonly preActivations: readonly (tf.Tensor | undefined)[];
  /** The same call of another input, with the same random numbers. */
  again(x: tf.Tensor): tf.Tensor;
}

export const madeBy = ({ outputs, preActivations }: LayerCall): tf.Tensor[] => [
  ...outputs,
  ...preActivations.filter((s) => s !== undefined),
];

/** What went through the loss of an output. */
export interface LossEnd {
  readonly yTrue: tf.Tensor;
  readonly yPred: tf.Tensor;
  /** For each example. */
  readonly loss: tf.Tensor;
}

/** How another pass differs from the first one. */
export interface PassOptions {
  /** By default that of the first pass. */
  readonly batch?: tf.Tensor[];
  /** What stands for a layer's output. */
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
  /** Of the batch, when the pass has been watched. */
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

  /** Records the pass in which `loss` computes the loss. Before and after, the model is as it was. */
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
      this.ends[output] = { yTrue, yPred, loss };
      return loss;
    };
  }

  #recorded(layer: Layer): Layer['call'] {
    const { call } = layer;
    const { draws } = this;
    return (given, kwargs) => {
      const inputs = [given].flat();
      const ends = splitEndsOf(layer);
      const [own] = ends;
      const view = own === layer ? withoutActivation(own) : layer;
      const inner = new Set(ends.filter((end): end is ActivatedLayer => !!end && end !== layer));
      const start = draws.position;
      const made = linearly([...inner], () => call.call(view, given, kwargs));
      // A model returns a list. A layer may return its input, of which `apply` would make a clone of its own.
      const outputs = [made].flat().map((s, k) => {
        const x = ends[k]?.activation.apply(s) ?? s;
        return inputs.includes(x) ? tf.clone(x) : x;
      });
      this.#record({
        ...{ layer, inputs, outputs },
        preActivations: [made].flat().map((s, k) => ends[k] && s),
        again: (x) => draws.from(start, () => [call.call(view, [x], kwargs)].flat()[0]!),
      });
      return Array.isArray(made) ? outputs : outputs[0]!;
    };
  }

  #record(call: LayerCall): void {
    this.calls.push(call);
    for (const { id } of madeBy(call)) {
      this.#makers.set(id, call);
    }
  }
}
