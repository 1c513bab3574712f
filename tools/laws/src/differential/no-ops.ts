import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { composite } from '@toploss/composite';
import type { Term } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import { batchLoss } from '@toploss/layers';
import { sasp, saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import type { Draw } from './draw.js';
import type { Network } from './networks.js';
import type { Targets } from './objectives.js';

type Head = 'softmax' | 'sigmoid' | 'linear';
type Make = (model: tfl.LayersModel, head: Head) => Term;
type Grads = tf.NamedTensorMap;

const lambda = 0;
const none = (x: tf.Tensor) => tf.mul(0, tf.mean(x));
const penalty =
  (name: string, penalty: (inputs: never) => tf.Tensor): Make =>
  () =>
    ({ name, penalty }) as Term;
const copies = (grads: Grads): Grads =>
  Object.fromEntries(Object.entries(grads).map(([name, grad]) => [name, tf.clone(grad)]));

/** Of any model. */
const always: Record<string, Make> = {
  constant: penalty('constant', () => tf.scalar(0)),
  ofParams: penalty('ofParams', ({ params }: { params: Grads }) =>
    tf.addN(Object.values(params).map(none)),
  ),
  ofTasks: penalty('ofTasks', ({ taskLosses }: { taskLosses: tf.Scalar[] }) =>
    none(tf.stack(taskLosses)),
  ),
  copying: () => ({ name: 'copying', correct: copies }),
  observing: () => {
    let steps = 0;
    return {
      name: 'observing',
      observe: () => {
        steps += 1;
      },
      getState: () => ({ steps }),
      setState: () => {},
      dispose: () => {},
    };
  },
  cvp: () => cvp({ lambda }),
  decoupled: () => cvp({ lambda, decoupled: true }),
  dmta: () => dmta({ lambda, alpha: 2, mu: 0.5 }),
};

/** Of a model that ends in logits. */
const ofLogits: Record<string, Make> = {
  ofLogits: penalty('ofLogits', ({ logits }: { logits: tf.Tensor }) => none(logits)),
  ofFeatures: penalty('ofFeatures', ({ features }: { features: tf.Tensor }) => none(features)),
};

/** Of a classifier. */
const ofClasses: Record<string, Make> = {
  sasp: (_, head) => sasp({ lambda, head }),
  composed: (_, head) => composite([sasp({ lambda, head }), cvp({ lambda })]),
};

/** Of a model of few kinds. */
const particular: Record<string, Make> = {
  saspNetwork: (_, head) => saspNetwork({ lambda, seed: 3, head }),
  sbmp: () => sbmp({ lambda, seed: 3 }),
  cosine: (model) => dmta({ mode: 'cosine', lambda, mu: 0.5, loss: batchLoss(model) }),
};

const all = { ...always, ...ofLogits, ...ofClasses, ...particular };

/** Terms that change nothing, and the output that they read. */
export interface NoOps {
  readonly name: string;
  make(model: tfl.LayersModel): Term[];
}

/** Said to the terms, as not every loss says it. */
function headOf(targets: Targets): Head {
  if (targets === 'binary') {
    return 'sigmoid';
  }
  return ['oneHot', 'classes', 'logits'].includes(targets) ? 'softmax' : 'linear';
}

/** Whether `saspNetwork` reads all of it. */
const isStack = ({ layers }: tfl.LayersModel) =>
  layers.every((layer) =>
    ['InputLayer', 'Dense', 'Dropout', 'Activation'].includes(layer.getClassName()),
  );

export function noOpsOf(draw: Draw, { model, heads }: Network): NoOps {
  const isClassifier = /oneHot|classes|binary/.test(heads[0]?.targets as string);
  const pool = {
    ...always,
    ...(heads[0]?.targets === 'positive' ? {} : ofLogits), // Its activation is no link that is known.
    ...(isClassifier ? ofClasses : {}),
    ...(draw.chance(0.1) ? { ...ofLogits, ...ofClasses, ...particular } : {}),
  };
  const head = headOf(heads[0]?.targets as Targets);
  const names = Object.keys(pool);
  const chosen = new Set(Array.from({ length: draw.one(0, 1, 1, 2, 3) }, () => draw.one(...names)));
  if (isClassifier && isStack(model) && draw.chance(0.7)) {
    chosen.add('saspNetwork');
  }
  if (chosen.has('composed')) {
    chosen.delete('sasp'); // Each name once.
    chosen.delete('cvp');
  }
  if (chosen.has('cvp') || chosen.has('composed')) {
    chosen.delete('decoupled');
  }
  if (chosen.has('dmta')) {
    chosen.delete('cosine');
  }
  return {
    name: [...chosen].join(', '),
    make: (model) => [...chosen].map((name) => (all[name] as Make)(model, head)),
  };
}

/** What terms are called, whose entries stand among the logs. */
export const names = Object.keys(all);
