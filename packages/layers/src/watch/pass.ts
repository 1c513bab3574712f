import * as tf from '@tensorflow/tfjs-core';
import type { Draws } from './draws.js';
import { type ActivatedLayer, linearly, splitEndsOf, withoutActivation } from './ends.js';
import type { Layer, TrainedModel } from './model.js';
import { overriding } from './override.js';
import type { Hear, LossEnd } from './train-function.js';

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

/** One pass of a batch through the layers of a model, forward and in training. */
export class Pass {
  readonly model: TrainedModel;
  /** Inputs, targets, and the class weights of each output if there are any. */
  readonly batch: tf.Tensor[];
  readonly draws: Draws;
  readonly calls: LayerCall[] = [];
  /** By output. */
  readonly ends: LossEnd[] = [];
  readonly hear: Hear = (end, output) => {
    this.ends[output] = end;
  };
  readonly #makers = new Map<number, LayerCall>();

  constructor(model: TrainedModel, batch: tf.Tensor[], draws: Draws) {
    this.model = model;
    this.batch = batch;
    this.draws = draws;
  }

  /** The call that made x; `undefined` where x is an input of the model. */
  maker(x: tf.Tensor): LayerCall | undefined {
    return this.#makers.get(x.id);
  }

  /**
   * Runs f, which passes through the layers. Before and after, they are as they were.
   *
   * @param replaced What stands for a layer's output.
   */
  watch<T>(f: () => T, replaced: ReadonlyMap<Layer, tf.Tensor> = new Map()): T {
    const record = (call: LayerCall) => {
      this.calls.push(call);
      for (const { id } of madeBy(call)) {
        this.#makers.set(id, call);
      }
    };
    const watched = (layer: Layer) => {
      const replacement = replaced.get(layer);
      return { call: replacement ? () => replacement : recorded(layer, this.draws, record) };
    };
    return overriding(this.model.layers, watched, () => this.draws.from(0, f));
  }
}

function recorded(layer: Layer, draws: Draws, record: (call: LayerCall) => void): Layer['call'] {
  const { call } = layer;
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
    record({
      ...{ layer, inputs, outputs },
      preActivations: [made].flat().map((s, k) => ends[k] && s),
      again: (x) => draws.from(start, () => [call.call(view, [x], kwargs)].flat()[0] as tf.Tensor),
    });
    return Array.isArray(made) ? outputs : outputs[0]!;
  };
}
