// An app that uses every export of this package: check:packages compiles it against the packed package. It never runs.
import type * as tf from '@tensorflow/tfjs-core';
import * as core from '@toploss/core';
import * as sasps from '@toploss/sasp';

declare const optimizer: tf.Optimizer;
declare const loss: tf.Scalar;
declare const logits: tf.Tensor2D;
declare const features: tf.Tensor2D;
declare const targets: tf.Tensor1D;
declare const params: tf.NamedTensorMap;
declare const variables: tf.Variable[];

export function saspTypes() {
  const option: sasps.SaspOptions = { curvature: 'hessian', head: 'softmax', includeBias: false };
  const head: sasps.Head = 'sigmoid';
  const oneHot: tf.Tensor = logits;
  const scalar: tf.Scalar = sasps.saspPenalty(logits, features, targets, option);
  const fusedOptions: sasps.SaspCrossEntropyOptions = { lambda: 0.1, head };
  sasps.saspCrossEntropy(logits, features, oneHot, fusedOptions);
  const anyOptions: sasps.SaspAnyLayerOptions = { probes: 2, seed: 1, difference: 'forward' };
  const any: { value: tf.Scalar; grads: tf.NamedTensorMap } = sasps.saspAnyLayer(
    () => targets,
    variables,
    anyOptions,
  );
  any.grads satisfies tf.NamedTensorMap;

  const termOptions: sasps.SaspTermOptions = { lambda: (step) => 1 / step };
  const inputs: sasps.SaspInputs = { logits, features, targets };
  sasps.sasp(termOptions).penalty(inputs, 3);
  // @ts-expect-error the features are forgotten
  sasps.sasp().penalty({ logits, targets });
  // @ts-expect-error the targets are forgotten
  sasps.saspPenalty(logits, features);
  // @ts-expect-error there is no such curvature
  sasps.sasp({ curvature: 'gauss' });

  const names: sasps.ActivationName[] = ['relu', 'gelu'];
  const activation: sasps.Activation = sasps.leakyRelu(0.1);
  const dense: sasps.DenseLayer = { input: features, kernel: logits, activation };
  const layerList: sasps.DenseLayer[] = [dense];
  const networkOptions: sasps.SaspNetworkOptions = { activation: names, fraction: 1 };
  sasps.saspNetworkPenalty(logits, layerList, networkOptions);
  const networkTermOptions: sasps.SaspNetworkTermOptions = { lambda: 0.1, every: 2 };
  const networkInputs: sasps.SaspNetworkInputs = { logits, layers: layerList };
  sasps.saspNetwork(networkTermOptions).penalty(networkInputs);
  // @ts-expect-error the layers are forgotten
  sasps.saspNetwork().penalty({ logits });

  const weightsOptions: sasps.SaspWeightsOptions = { scale: 'relative', sigma: 1e-3, seed: 1 };
  sasps.saspWeightsPenalty(logits, (x) => x, features, variables, weightsOptions);
  const pass = { modelFn: (x: tf.Tensor) => x, embeddings: features, params };
  const weightsInputs: sasps.SaspWeightsInputs = { logits, ...pass };
  sasps.saspNetwork({ via: 'weights' }).penalty(weightsInputs);
  // @ts-expect-error the parameters are forgotten
  sasps.saspWeightsPenalty(logits, (x) => x, features);

  const step = core.trainStep({ optimizer, terms: [sasps.saspNetwork(), sasps.sasp()] });
  step(() => ({ loss, targets, features, ...networkInputs }));
  return scalar;
}
