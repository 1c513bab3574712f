import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { callbacksOf, freeze, said, shake, trainOther } from './callbacks.js';
import { datasetOf } from './data.js';
import type { Draw } from './draw.js';
import type { Session } from './session.js';

type Action = (session: Session, draw: Draw) => unknown;

const sizeOf = (draw: Draw, { network }: Session) => network.batchSize ?? draw.integer(1, 5);

function epochsOf(draw: Draw) {
  const epochs = draw.integer(1, 2);
  return { epochs: epochs + 1, initialEpoch: draw.one(0, 1, 1) };
}

/** For the classes of each output, in each of the forms that `fit` takes. */
function classWeightOf(draw: Draw, { network: { heads, model } }: Session): object {
  const isClassifier = heads.every(({ targets }) => /oneHot|classes|logits|binary/.test(targets));
  if (!isClassifier || draw.chance(0.4)) {
    return {};
  }
  const weights = heads.map(() => ({ 0: 0.5, 1: 2, 2: draw.number() }));
  const byName = Object.fromEntries(model.outputNames.map((name, k) => [name, weights[k]]));
  const classWeight = draw.one<object>(
    weights.length === 1 ? (weights[0] as object) : weights,
    byName,
  );
  return { classWeight };
}

const historyOf = ({ epoch, history }: tfl.History) => ({ epoch, history });

/** Without the data. */
const without = (args: object) => ({
  ...args,
  ...('validationData' in args ? { validationData: 'given' } : {}),
});

const fit: Action = async (session, draw) => {
  const { model, data, validation } = session;
  const args = {
    ...{ verbose: 0, batchSize: sizeOf(draw, session), ...epochsOf(draw) },
    ...draw.one<object>({}, { shuffle: false }, { shuffle: true }),
    ...draw.one<object>(
      {},
      { validationSplit: 0.34 },
      { validationData: [validation.x, validation.y] },
    ),
    ...classWeightOf(draw, session),
    ...callbacksOf(session, draw),
  };
  session.trace.say('  with', without(args));
  return historyOf(await model.fit(data.x, data.y, args));
};

const fitDataset: Action = async (session, draw) => {
  const { model, data, validation } = session;
  const batchSize = sizeOf(draw, session);
  const args = {
    ...{ verbose: 0, ...epochsOf(draw) },
    ...draw.one<object>({}, { batchesPerEpoch: draw.integer(1, 2) }),
    ...draw.one<object>(
      {},
      { validationData: [validation.x, validation.y], validationBatchSize: sizeOf(draw, session) },
      { validationData: datasetOf(validation, sizeOf(draw, session), undefined) },
    ),
    ...classWeightOf(draw, session),
    ...callbacksOf(session, draw),
  };
  session.trace.say('  with', without(args));
  const dataset = datasetOf(data, batchSize, draw.one(undefined, 2));
  return historyOf(await model.fitDataset(dataset, args as never));
};

/** What tfjs does not take. */
const refused: Action = async ({ model, data, validation }, draw) => {
  const args = draw.one<object>(
    { batchSize: 0 },
    { batchSize: 2.5 },
    { sampleWeight: data.inputs[0] },
    { validationData: [validation.x, validation.y, validation.y] },
    { validationData: [validation.x] },
    { shuffle: 'batch' },
    { stepsPerEpoch: 2 },
    { callbacks: 3 },
    { callbacks: [new tfl.History(), {}] },
    { callbacks: { onYield: () => {} }, yieldEvery: 'never' },
  );
  const y = draw.one<unknown>(data.y, data.y, tf.zeros([2, 9]));
  return historyOf(await model.fit(data.x, y as tf.Tensor, { verbose: 0, ...args }));
};

/** The second is refused; the first goes on. */
const concurrent: Action = async ({ model, data, trace }) => {
  const [first, second] = await Promise.allSettled(
    [1, 2].map(() => model.fit(data.x, data.y, { verbose: 0, epochs: 2 })),
  );
  trace.say('  second', second?.status);
  return first?.status === 'fulfilled' ? historyOf(first.value) : first?.status;
};

const trainOnBatch: Action = async ({ model, data }) => model.trainOnBatch(data.x, data.y);

async function saved(
  model: tfl.LayersModel,
  includeOptimizer: boolean,
): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts = {};
  const handler = tf.io.withSaveHandler(async (given) => {
    artifacts = given;
    return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(given) };
  });
  await model.save(handler, { includeOptimizer });
  return artifacts;
}

const saveAndLoad: Action = async (session, draw) => {
  const withOptimizer = typeof session.model.loss === 'string' && draw.chance(0.7);
  const artifacts = await saved(session.model, withOptimizer);
  const loaded = await tfl.loadLayersModel(tf.io.fromMemory(artifacts));
  session.replace(loaded);
  if (!withOptimizer) {
    session.compile(draw);
  }
  session.attach();
};

const evaluate: Action = ({ model, data }, draw) =>
  said(model.evaluate(data.x, data.y, draw.one({}, { batchSize: 2 })));

const predict: Action = ({ model, data }) => said(model.predict(data.inputs) as tf.Tensor);

const others: Record<string, Action> = {
  ...{ evaluate, predict, saveAndLoad, refused, concurrent, freeze, setWeights: shake },
  otherModel: trainOther,
  recompile: (session, draw) => session.compile(draw),
  freezeAndCompile: (session, draw) => {
    freeze(session, draw);
    session.compile(draw);
  },
  attachAgain: (session) => {
    session.detach();
    session.attach();
  },
  attachTwice: (session) => session.attachTwice(),
  detach: (session) => session.detach(),
  stopBefore: ({ model }) => {
    model.stopTraining = true;
  },
};

const trains: Record<string, Action> = { fit, fitDataset, trainOnBatch, fitAgain: fit };

/** Trains, and does other things in between. */
export async function act(session: Session, draw: Draw): Promise<void> {
  await done(session, draw, trains);
  for (let k = draw.integer(1, 3); k > 0; k--) {
    await done(session, draw, draw.chance(0.5) ? trains : others);
  }
}

async function done(session: Session, draw: Draw, from: Record<string, Action>): Promise<void> {
  const name = draw.one(...Object.keys(from));
  const { trace } = session;
  trace.say(name);
  let wasStopped = false;
  try {
    trace.say('  gives', await (from[name] as Action)(session, draw.fork()));
  } catch (error) {
    trace.error(error);
    wasStopped = true;
  }
  session.look(wasStopped);
}
