import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Draw } from './draw.js';
import { compileArgs } from './objectives.js';
import { optimizerOf, type Session } from './session.js';

const events = [
  ...['onTrainBegin', 'onEpochBegin', 'onBatchBegin'],
  ...['onBatchEnd', 'onEpochEnd', 'onTrainEnd'],
] as const;

type Listener = (...args: unknown[]) => Promise<void>;
type Interruption = (session: Session, draw: Draw) => unknown;

/** What the user does in the middle of `fit`. */
const interruptions: Record<string, Interruption> = {
  stop: ({ model }) => {
    model.stopTraining = true;
  },
  throw: () => {
    throw new Error('of the callback');
  },
  compile: (session, draw) => session.compile(draw),
  freeze: (session, draw) => freeze(session, draw),
  freezeAndCompile: (session, draw) => {
    freeze(session, draw);
    session.compile(draw);
  },
  fit: ({ model, data }) => model.fit(data.x, data.y, { verbose: 0 }),
  trainOnBatch: ({ model, data }) => model.trainOnBatch(data.x, data.y),
  evaluate: ({ model, data }) => said(model.evaluate(data.x, data.y)),
  predict: ({ model, data }) => said(model.predict(data.inputs)),
  learningRate: ({ model }) => {
    const optimizer = optimizerOf(model) as tf.SGDOptimizer;
    return optimizer.setLearningRate?.(0.05);
  },
  setWeights: (session, draw) => shake(session, draw),
  detach: (session) => session.detach(),
  otherModel: trainOther,
  attachTwice: (session) => session.attachTwice(),
};

/** A result of tensors, which the caller owns, as it is and then gone. */
export function said(result: tf.Tensor | tf.Tensor[]): number[] {
  const values = [result].flat().flatMap((x) => [...x.dataSync()]);
  tf.dispose(result);
  return values;
}

export function freeze({ model, trace }: Session, draw: Draw): void {
  const layer = draw.one(...model.layers);
  layer.trainable = !layer.trainable;
  trace.say('  trainable', model.layers.indexOf(layer), layer.trainable);
}

export function shake({ model }: Session, draw: Draw): void {
  tf.tidy(() => model.setWeights(model.getWeights().map((w) => tf.add(w, draw.number() / 10))));
}

/** Trains another model of the same layers, without terms, as where two play against each other. */
export async function trainOther({ network, data }: Session, draw: Draw): Promise<number[]> {
  const { inputs, outputs } = network.model;
  const other = tfl.model({ inputs, outputs, name: draw.name('other') });
  const args = compileArgs(draw, { ...network, model: other });
  other.compile(args);
  return [await other.trainOnBatch(data.x, data.y)].flat();
}

/** What is done once in a `fit`, at one of its events. */
function interruptionOf(session: Session, draw: Draw) {
  const name = draw.one(...Object.keys(interruptions));
  let left = draw.integer(0, 2);
  return {
    event: draw.one(...events),
    async happen() {
      if (left-- === 0) {
        session.trace.say('  interrupted:', name);
        try {
          const result = await (interruptions[name] as Interruption)(session, draw);
          session.trace.say('  gives', result);
        } catch (error) {
          session.trace.error(error);
          if (name === 'throw') {
            throw error;
          }
        }
      }
    },
  };
}

/** Says what it hears of some events, and is interrupted at one of them. */
function listenersOf(session: Session, draw: Draw, label: string): Record<string, Listener> {
  const interruption = draw.chance(0.5) ? interruptionOf(session, draw.fork()) : undefined;
  const heard = events.filter((event) => draw.chance(0.5) || event === interruption?.event);
  return Object.fromEntries(
    heard.map((event) => [
      event,
      async (...args: unknown[]) => {
        session.trace.say(`  ${label}.${event}`, ...args);
        if (event === interruption?.event) {
          await interruption.happen();
        }
      },
    ]),
  );
}

/** As an object; it may yield, by a clock of its own. */
function configOf(session: Session, draw: Draw, label: string): tfl.CustomCallbackArgs {
  let now = 0;
  const yields = {
    nowFunc: () => (now += 50),
    onYield: (...args: unknown[]) => session.trace.say(`  ${label}.onYield`, ...args),
  };
  const nextFrameFunc = async () => {};
  return {
    ...listenersOf(session, draw, label),
    ...{ nextFrameFunc, ...(draw.chance(0.2) ? yields : {}) },
  } as unknown as tfl.CustomCallbackArgs;
}

const instanceOf = (session: Session, draw: Draw, label: string): tfl.Callback =>
  Object.assign(new (class extends tfl.Callback {})(), listenersOf(session, draw, label));

/** In each of the forms that `fit` takes. */
export function callbacksOf(session: Session, draw: Draw): object {
  const config = (label: string) => configOf(session, draw, label);
  const instance = (label: string) => instanceOf(session, draw, label);
  const custom = (label: string) =>
    new tfl.CustomCallback(config(label), draw.one('batch', 'epoch', 'never') as 'auto');
  const stopping = () =>
    tfl.callbacks.earlyStopping({
      monitor: draw.one('loss', 'val_loss'),
      patience: draw.integer(0, 1),
    });
  const form = draw.one<() => object | undefined>(
    () => undefined,
    () => config('a'),
    () => [config('a'), config('b')],
    () => instance('a'),
    () => custom('a'),
    () => [instance('a'), custom('b'), stopping(), new tfl.History()],
    stopping,
    () => [],
    () => [config('a'), instance('b')],
  )();
  const yieldEvery = draw.one<unknown>(undefined, 'auto', 'batch', 'epoch', 100);
  return {
    ...(form === undefined ? {} : { callbacks: form }),
    ...(yieldEvery === undefined ? {} : { yieldEvery }),
  };
}
