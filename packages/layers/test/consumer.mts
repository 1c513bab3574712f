// An app that uses every export of this package: check:packages compiles it against the packed package. It never runs.
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type * as core from '@toploss/core';
import * as dmtas from '@toploss/dmta';
import * as layers from '@toploss/layers';
import * as ngers from '@toploss/nger';
import * as sasps from '@toploss/sasp';
import * as sbmps from '@toploss/sbmp';

declare const model: LayersModel;
declare const features: tf.Tensor2D;
declare const targets: tf.Tensor1D;

export function layersTypes() {
  const batch: layers.TrialBatch = [[0], [1]];
  const options: layers.AttachOptions = { output: 'digit', batch };
  const weighting: layers.Weighting = ngers.nger({ tasks: 2 });
  const terms = [sasps.sasp(), sbmps.sbmp(), dmtas.dmta()] as const;
  const attachment: layers.Attachment<typeof terms> = layers.attach(model, terms, options);
  attachment.losses().sasp?.dataSync();
  attachment.detach();
  const batchLoss: () => tf.Scalar = layers.batchLoss(model);
  const termOfWords = {} as core.Regularizer<{ words: string }> & { name: 'words' };
  // @ts-expect-error no model has words
  layers.attach(model, [termOfWords]);
  const choice: layers.ChooseLambdaOptions = {
    model: () => model,
    terms: (lambda) => [sasps.sasp({ lambda })],
    x: features,
    y: targets,
    epochs: 2,
    validationSplit: 0.2,
    onTrial: ({ progress }) => console.log(progress),
  };
  const isGood = ({ value }: layers.LambdaTrial) => value < 1;
  const chosen: Promise<layers.ChosenLambda> = layers.chooseLambda(choice);
  chosen.then(({ lambda, trials }) => console.log(lambda, trials.every(isGood)));
  // @ts-expect-error the number of epochs is forgotten
  layers.chooseLambda({ model: () => model, terms: () => [], x: features, y: targets });
  return (inputs: layers.Inputs) => [inputs.logits, weighting.weights(), batchLoss()];
}
