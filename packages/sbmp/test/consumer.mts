// An app that uses every export of this package: check:packages compiles it against the packed package. It never runs.
import type * as tf from '@tensorflow/tfjs-core';
import * as sbmps from '@toploss/sbmp';

declare const logits: tf.Tensor2D;
declare const features: tf.Tensor2D;
declare const targets: tf.Tensor1D;
declare const embeddings: tf.Tensor3D;

export function sbmpTypes() {
  const mask: sbmps.Mask = targets;
  const options: sbmps.SbmpOptions = { alpha: 1, symmetric: false, mask, reduction: 'batch' };
  const modelFn = (_: tf.Tensor3D) => logits;
  const scalar: tf.Scalar = sbmps.sbmpPenalty(logits, modelFn, embeddings, options);
  const termOptions: sbmps.SbmpTermOptions = { lambda: 1, seed: 3 };
  const inputs: sbmps.SbmpInputs = { logits, modelFn: () => logits, embeddings };
  sbmps.sbmp(termOptions).penalty(inputs);
  // @ts-expect-error the model is forgotten
  sbmps.sbmp().penalty({ logits, embeddings });
  // @ts-expect-error a model of sequences gets a matrix
  sbmps.sbmpPenalty(logits, modelFn, features);
  return scalar;
}
