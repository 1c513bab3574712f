import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { reject, type Term } from '@toploss/core';
import { type End, into } from './again.js';
import { isRepeated } from './batch-loss.js';
import { historyOf } from './history.js';
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
  /**
   * The number of the first step, an integer ≥ 0; default 0. Training that is resumed goes on with that of the
   * step where it was stopped, and schedules, seeds and `every` with it.
   */
  firstStep?: number;
}

/** Has what trains take its steps with the terms, until the returned function is called. */
export function install(
  model: LayersModel,
  terms: readonly Term[],
  { output: name, batch, firstStep = 0 }: AttachOptions,
  onStep: (losses: Losses) => void,
): () => void {
  const trained = trainedBy(model);
  checkFree(trained);
  const output = outputOf(trained, name);
  tryOut(trained, { terms, output, batch, firstStep, repeats: isRepeated(model) });
  checkNames(terms, trained);

  const step = stepOf(trained, terms, output, firstStep);
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
