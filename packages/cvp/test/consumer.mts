// An app that uses every export of this package: check:packages compiles it against the packed package. It never runs.
import type * as tf from '@tensorflow/tfjs-core';
import * as cvps from '@toploss/cvp';

declare const logits: tf.Tensor2D;
declare const params: tf.NamedTensorMap;
declare const grads: tf.NamedTensorMap;

export function cvpTypes() {
  const gate: cvps.GateOptions = { gate: 'cautious', beta: Number.POSITIVE_INFINITY };
  const filter: cvps.Filter = (name, tensor) => name !== 'bias' && tensor.rank > 1;
  const options: cvps.CvpOptions = { ...gate, filter, normalize: 'rms' };
  const scalar: tf.Scalar = cvps.cvpPenalty([logits], [null], options);
  const applyOptions: cvps.ApplyCvpOptions = { lambda: 0.1, ...options };
  const applied: tf.NamedTensorMap = cvps.applyCvp(grads, params, applyOptions);
  const tensors: cvps.Tensors = params;
  const gradients: cvps.Gradients = [logits, null];
  const decoupled: cvps.DecoupledCvp = cvps.cvp({ decoupled: true });
  decoupled.decouple(params, 0.1, 3);
  const termOptions: cvps.CvpTermOptions = { lambda: 0.1 };
  const term: cvps.Cvp = cvps.cvp(termOptions);
  const inputs: cvps.CvpInputs = { params: tensors, grads: gradients };
  term.penalty(inputs);
  term.correct(applied, params);
  // @ts-expect-error the gradients are forgotten
  term.penalty({ params });
  // @ts-expect-error there is no such gate
  cvps.cvp({ gate: 'open' });
  return scalar;
}
