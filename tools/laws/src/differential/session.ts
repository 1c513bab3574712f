import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { type Data, dataOf } from './data.js';
import type { Draw, Randomness } from './draw.js';
import type { Hands } from './hands.js';
import { type Network, networkOf } from './networks.js';
import { compileArgs } from './objectives.js';
import type { Trace } from './trace.js';

/** A model in training, all that is done with it, and what is seen of it. */
export class Session {
  network: Network;
  readonly data: Data;
  readonly validation: Data;
  readonly trace: Trace;
  readonly #hands: Hands;
  readonly #start = tf.memory();
  readonly #randomness: Randomness;

  constructor(draw: Draw, trace: Trace, hands: Hands, randomness: Randomness) {
    this.network = networkOf(draw);
    this.data = dataOf(draw, this.network, this.network.batchSize ? 6 : draw.integer(4, 7));
    this.validation = dataOf(draw, this.network, this.network.batchSize ? 4 : 3);
    this.trace = trace;
    this.#hands = hands;
    this.#randomness = randomness;
  }

  get model(): tfl.LayersModel {
    return this.network.model;
  }

  compile(draw: Draw): void {
    const args = compileArgs(draw, this.network);
    this.trace.say('compile', args);
    this.#hands.allow(() => this.model.compile(args));
  }

  attach(): void {
    this.#hands.attach(this.network);
  }

  detach(): void {
    this.#hands.detach();
  }

  attachTwice(): void {
    this.#hands.attachTwice(this.network);
  }

  /** Goes on with another model. */
  replace(model: tfl.LayersModel): void {
    this.detach();
    this.model.dispose();
    this.network = { ...this.network, model };
  }

  /** What must be the same after each thing that is done. */
  look(wasStopped = false): void {
    this.#hands.done(wasStopped);
    const { trace, model } = this;
    for (const weight of model.weights) {
      trace.say('  weight', weight.shape, (weight.read() as tf.Variable).trainable, weight.read());
    }
    for (const [name, kept] of Object.entries(optimizerOf(model) ?? {})) {
      if (name.startsWith('acc')) {
        trace.say(
          `  ${name}`,
          [kept].flat().map((each) => each.variable ?? each),
        );
      }
    }
    trace.say('  random numbers', this.#randomness.taken);
    const known = this.#start.numTensors + this.#hands.owned() + masksOf(model).length;
    trace.tensors.push(tf.memory().numTensors - known);
  }

  end(): void {
    this.#hands.end();
    tf.dispose(masksOf(this.model));
    this.data.dispose();
    this.validation.dispose();
    this.trace.say('dispose', this.model.dispose());
    this.trace.tensors.push(tf.memory().numTensors - this.#start.numTensors);
  }
}

interface Recurrent extends tfl.layers.Layer {
  readonly cell?: {
    readonly dropoutMask?: tf.Tensor[];
    readonly recurrentDropoutMask?: tf.Tensor[];
  };
  readonly forwardLayer?: Recurrent;
  readonly backwardLayer?: Recurrent;
}

/** Of dropout in recurrent layers, which tfjs keeps until it needs others; `attach` may be the first to need some. */
const masksOf = (model: tfl.LayersModel): tf.Tensor[] =>
  (model.layers as Recurrent[])
    .flatMap((layer) => [layer, layer.forwardLayer, layer.backwardLayer])
    .flatMap((layer) => [layer?.cell?.dropoutMask ?? [], layer?.cell?.recurrentDropoutMask ?? []])
    .flat();

export const optimizerOf = (model: tfl.LayersModel): tf.Optimizer | undefined =>
  (model as { optimizer?: tf.Optimizer }).optimizer;
