import * as tf from '@tensorflow/tfjs-core';
import type { Draws } from './draws.js';
import { linearly, splitEndsOf, withoutActivation } from './ends.js';
import type { Layer } from './model.js';
import { override } from './override.js';

type LayerCall = Layer['call'];

/** What a layer was given in a pass, and what it made of it. */
export interface Call {
  readonly layer: Layer;
  readonly inputs: readonly tf.Tensor[];
  readonly outputs: readonly tf.Tensor[];
  /** For each output s, before the activation that ends the layer, where the two are computed one by one. */
  readonly preActivations: readonly (tf.Tensor | undefined)[];
  /** The same call of another input, with the same random numbers. */
  again(x: tf.Tensor): tf.Tensor;
}

export const madeBy = ({ outputs, preActivations }: Call): tf.Tensor[] => [
  ...outputs,
  ...preActivations.filter((s) => s !== undefined),
];

/** One pass through the layers of a model, forward and in training. */
export class Pass {
  readonly calls: Call[] = [];
  readonly draws: Draws;
  readonly replaced: ReadonlyMap<Layer, tf.Tensor>;
  readonly #makers = new Map<number, Call>();

  /**
   * @param draws Of the step.
   * @param replaced What stands in the place of a layer's output.
   */
  constructor(draws: Draws, replaced: ReadonlyMap<Layer, tf.Tensor> = new Map()) {
    this.draws = draws;
    this.replaced = replaced;
  }

  /** The call that made x; `undefined` where x is an input of the model. */
  maker(x: tf.Tensor): Call | undefined {
    return this.#makers.get(x.id);
  }

  record(call: Call): void {
    this.calls.push(call);
    for (const { id } of madeBy(call)) {
      this.#makers.set(id, call);
    }
  }
}

/** Runs f, which passes through the layers, under the eyes of `pass`. Before and after, they are as they were. */
export function watch<T>(layers: readonly Layer[], pass: Pass, f: () => T): T {
  const restore = layers.map((layer) => override(layer, { call: recorded(layer, pass) }));
  try {
    return pass.draws.from(0, f);
  } finally {
    for (const undo of restore) {
      undo();
    }
  }
}

/** The layers of the models among these layers. */
export function insideOf(layers: readonly Layer[]): Layer[] {
  const inside = layers.flatMap((layer) => (layer as { layers?: Layer[] }).layers ?? []);
  return inside.length === 0 ? [] : [...new Set([...inside, ...insideOf(inside)])];
}

function recorded(layer: Layer, pass: Pass): LayerCall {
  const { call } = layer;
  return (given, kwargs) => {
    const replacement = pass.replaced.get(layer);
    if (replacement !== undefined) {
      return replacement;
    }
    const inputs = [given].flat();
    const ends = splitEndsOf(layer);
    const [own] = ends;
    const view = own === layer ? withoutActivation(own) : layer;
    const inner = new Set(ends.flatMap((end) => (end === undefined || end === layer ? [] : [end])));
    const start = pass.draws.position;
    const made = linearly([...inner], () => call.call(view, given, kwargs));
    // A model returns a list. A layer may return its input, of which `apply` would make a clone of its own.
    const outputs = [made].flat().map((s, k) => {
      const x = ends[k]?.activation.apply(s) ?? s;
      return inputs.includes(x) ? tf.clone(x) : x;
    });
    pass.record({
      layer,
      inputs,
      outputs,
      preActivations: [made].flat().map((s, k) => ends[k] && s),
      again: (x) =>
        pass.draws.from(start, () => [call.call(view, [x], kwargs)].flat()[0] as tf.Tensor),
    });
    return Array.isArray(made) ? outputs : (outputs[0] as tf.Tensor);
  };
}
