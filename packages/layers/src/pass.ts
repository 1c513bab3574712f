import * as tf from '@tensorflow/tfjs-core';
import { linearly, splitEndOf, withoutActivation } from './ends.js';
import type { Layer } from './model.js';
import { override } from './override.js';

type Kwargs = Parameters<Layer['call']>[1];
type LayerCall = Layer['call'];

/** What a layer was given in a pass, and what it made of it. */
export interface Call {
  readonly layer: Layer;
  readonly inputs: readonly tf.Tensor[];
  readonly outputs: readonly tf.Tensor[];
  /** s, before the activation that ends the layer, where the two are computed one by one. */
  readonly preActivation: tf.Tensor | undefined;
  /** The same call of another input; dropout drops the same entries. */
  again(x: tf.Tensor): tf.Tensor;
}

export const madeBy = ({ outputs, preActivation }: Call): tf.Tensor[] =>
  preActivation === undefined ? [...outputs] : [...outputs, preActivation];

/** The seeds of the dropout layers in a step, drawn in the first pass and drawn again in any other. */
export class Seeds {
  readonly #drawn: number[] = [];
  #next = 0;

  rewind(): void {
    this.#next = 0;
  }

  /** tfjs seeds its random numbers with `Math.random()` too. */
  next(): number {
    const seed = this.#drawn[this.#next] ?? Math.random();
    this.#drawn[this.#next] = seed;
    this.#next += 1;
    return seed;
  }
}

/** One pass through the layers of a model, forward and in training. */
export class Pass {
  readonly calls: Call[] = [];
  readonly seeds: Seeds;
  readonly replaced: ReadonlyMap<Layer, tf.Tensor>;
  readonly #makers = new Map<number, Call>();

  /**
   * @param seeds Of the step.
   * @param replaced What stands in the place of a layer's output.
   */
  constructor(seeds: Seeds, replaced: ReadonlyMap<Layer, tf.Tensor> = new Map()) {
    this.seeds = seeds;
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
  pass.seeds.rewind();
  const restore = [
    ...layers.map((layer) => override(layer, { call: recorded(layer, pass) })),
    ...insideOf(layers)
      .filter((layer) => isDropout(layer) && !layers.includes(layer))
      .map((layer) => override(layer, { call: seeded(layer, pass.seeds) })),
  ];
  try {
    return f();
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
    const view = viewOf(layer, pass.seeds);
    const end = splitEndOf(layer);
    const run = () => call.call(view, given, kwargs) as tf.Tensor;
    const made = end === undefined || end === layer ? run() : linearly(end, run);
    // A model returns a list.
    const [s] = [made].flat() as [tf.Tensor];
    const result = end === undefined ? made : end.activation.apply(s);
    // A layer may return its input, of which `apply` would make a clone of its own.
    const own = [result].flat().map((x) => (inputs.includes(x) ? tf.clone(x) : x));
    pass.record({
      layer,
      inputs,
      outputs: own,
      preActivation: end === undefined ? undefined : s,
      again: (x) => [call.call(view, [x], kwargs)].flat()[0] as tf.Tensor,
    });
    return Array.isArray(result) ? own : (own[0] as tf.Tensor);
  };
}

const seeded = (layer: Layer, seeds: Seeds): LayerCall => {
  const { call } = layer;
  return (inputs, kwargs: Kwargs) => call.call(viewOf(layer, seeds), inputs, kwargs);
};

const isDropout = (layer: Layer) => ['Dropout', 'SpatialDropout1D'].includes(layer.getClassName());

/** The layer as one call of it should see it, and each repetition: with one seed, and without its activation. */
function viewOf(layer: Layer, seeds: Seeds): Layer {
  if (isDropout(layer) && !(layer as { seed?: number }).seed) {
    let seed: number | undefined;
    const drawn = () => {
      seed ??= seeds.next();
      return seed;
    };
    // Drawn where it is read: at a rate of 0 it is not.
    return Object.create(layer, { seed: { get: drawn } });
  }
  const end = splitEndOf(layer);
  return end === layer ? withoutActivation(end) : layer;
}
