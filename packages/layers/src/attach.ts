import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import {
  checkOptions,
  type InputsOf,
  type Losses as LossesOf,
  type Rule,
  reject,
  type Term,
} from '@toploss/core';
import { type End, into } from './again.js';
import { isRepeated } from './batch-loss.js';
import { historyOf } from './history.js';
import type { Vocabulary } from './inputs.js';
import { inherited, type Trained, trainedBy, where } from './model.js';
import { override } from './override.js';
import { type Losses, stepOf } from './step.js';
import { checkNames } from './terms.js';
import { trainFunction } from './train-function.js';
import { type TrialBatch, tryOut } from './trial.js';
import { type Weighting, weightingAmong } from './weighting.js';

export interface AttachOptions {
  /** The name of the output whose logits, features and targets the terms read; needed where there are several. */
  output?: string;
  /**
   * Inputs and targets, as `fit` takes them, to try the terms on; by default made up from the shapes of the model.
   */
  batch?: TrialBatch;
}

export interface Attachment<Terms extends readonly Term[] = readonly Term[]> {
  /** Of the last step: `total`, `base`, and λΦ of each term by its name; the caller owns them. Empty before it. */
  losses(): Partial<LossesOf<Terms>>;
  /** Leaves the model as it was; what it has learned stays, and the terms are the caller's. */
  detach(): void;
}

type RequiredKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];

/** What is read that no model has: nothing, or it is a compile error. */
type Readable<Terms extends readonly Term[]> = [
  Exclude<RequiredKeys<InputsOf<Terms>>, Vocabulary>,
] extends [never]
  ? unknown
  : { 'reads what no model has': Exclude<RequiredKeys<InputsOf<Terms>>, Vocabulary> };

const batch: Rule = {
  expected: 'to be an array of inputs and targets, [x, y]',
  allows: (value) => Array.isArray(value) && value.length === 2,
};
const output: Rule = {
  expected: 'to be the name of an output',
  allows: (value) => typeof value === 'string',
};

/**
 * Attaches terms to a compiled model: from now on `fit`, `fitDataset` and `trainOnBatch` train with them, and
 * everything else is as before.
 *
 *     g = ∇(L + Σ λΦ),   g ← g + λ c(g, θ),   θ′ = optimizer(θ, g),   θ′ ← θ′ − η λ a(u) θ
 *
 * L is the loss of `compile`, class weights and regularizers in it. What the terms read comes from the model: the
 * logits from before the activation of the last layer, the features from under it, and so on. Each step runs the
 * model once, unless a term asks for more; another pass has the same dropout, and moves no averages.
 *
 * `loss`, in the history and for callbacks, stays L; beside it stands λΦ of each term that has a value, as the
 * mean over the epoch. Validation and `evaluate` measure L and the metrics alone.
 *
 * `model.compile` attaches the terms again, to what it has compiled; the steps of their schedules then count from 0.
 *
 * @param model Compiled; its optimizer and loss are those of `compile`, of any kind.
 * @param terms Any that `trainStep` of @toploss/core takes, and one that weighs the losses of several outputs.
 * @throws When a term cannot work with this model: every term is tried on a small batch, and no parameter moves.
 *
 * @example
 * model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
 * const attachment = attach(model, [sasp({ lambda: 0.05 }), cvp({ decoupled: true })]);
 * const { history } = await model.fit(x, y, { epochs: 10 }); // history.sasp beside history.loss
 * attachment.detach();
 */
export function attach<const Terms extends readonly Term[]>(
  model: LayersModel,
  terms: Terms & Readable<Terms>,
  options: AttachOptions = {},
): Attachment<Terms> {
  checkOptions(where, options, { batch, output });
  let last: Losses = {};
  const onStep = (losses: Losses) => {
    tf.dispose(last);
    last = losses;
  };
  let release = install(model, terms, options, onStep);
  const { compile, dispose } = model;
  const restore = override(model, {
    compile: (args) => {
      release();
      compile.call(model, args);
      try {
        release = install(model, terms, options, onStep);
      } catch (error) {
        restore();
        throw error;
      }
    },
    dispose: () => {
      detach();
      return dispose.call(model);
    },
  });
  const detach = () => {
    release();
    restore();
    onStep({});
  };
  const losses = () =>
    Object.fromEntries(Object.entries(last).map(([name, x]) => [name, tf.clone(x)]));
  return { losses: losses as Attachment<Terms>['losses'], detach };
}

/** Has what trains take its steps with the terms, until the returned function is called. */
function install(
  model: LayersModel,
  terms: readonly Term[],
  { output: name, batch }: AttachOptions,
  onStep: (losses: Losses) => void,
): () => void {
  const trained = trainedBy(model);
  checkFree(trained);
  const output = outputOf(trained, name);
  tryOut(trained, { terms, output, batch, repeats: isRepeated(model) });
  checkNames(terms, trained);

  const step = stepOf(trained, terms, output);
  const history = historyOf(trained);
  const weighting = weightingAmong(terms);
  let isAttached = true;
  const report = ({ total, base, ...values }: Losses): tf.Scalar => {
    history.add(values);
    if (weighting !== undefined) {
      tf.tidy(() => history.add(weightsOf(weighting, trained)));
    }
    onStep(kept({ total, base, ...values } as Losses));
    return tf.clone(base as tf.Scalar);
  };
  const restore = override(trained, {
    makeTrainFunction: () => {
      const plain = inherited(trained).makeTrainFunction.call(trained);
      const ends: End[] = [];
      let tensors: tf.Tensor[] = [];
      const train = trainFunction(
        trained,
        (loss) => report(step({ tensors, ends, loss })),
        into(ends),
      );
      return (batch) => {
        tensors = batch;
        return isAttached ? train(batch) : plain(batch);
      };
    },
  });
  return () => {
    isAttached = false;
    restore();
    history.remove();
  };
}

const kept = (losses: Losses): Losses => {
  for (const value of Object.values(losses)) {
    tf.keep(value);
  }
  return losses;
};

/** The weights of the outputs, as the history has them. */
const weightsOf = (weighting: Weighting, { outputNames }: Trained): Losses =>
  Object.fromEntries(
    tf
      .unstack(weighting.weights())
      .map((weight, k) => [`${weighting.name}_${outputNames[k]}`, weight as tf.Scalar]),
  );

function checkFree(trained: Trained): void {
  if (Object.hasOwn(trained, 'makeTrainFunction')) {
    const expected = 'to have nothing attached: attach all terms at once, or detach before';
    reject(where, 'model', expected, 'a model with terms attached');
  }
  if (trained.isTraining) {
    reject(where, 'model', 'not to be in `fit`', 'a model that is being trained');
  }
}

function outputOf({ outputNames }: Trained, name: string | undefined): number | undefined {
  if (name === undefined) {
    return outputNames.length === 1 ? 0 : undefined;
  }
  const output = outputNames.indexOf(name);
  if (output < 0) {
    reject(where, 'output', `to be one of ${outputNames.join(', ')}`, name);
  }
  return output;
}
