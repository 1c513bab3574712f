// An app that uses every export of this package: check:packages compiles it against the packed package. It never runs.
import type * as tf from '@tensorflow/tfjs-core';
import * as dmtas from '@toploss/dmta';

declare const loss: tf.Scalar;
declare const targets: tf.Tensor1D;
declare const params: tf.NamedTensorMap;
declare const grads: tf.NamedTensorMap;
declare const variables: tf.Variable[];

export function dmtaTypes() {
  const options: dmtas.DmtaOptions = { eps: 1e-6 };
  const scalar: tf.Scalar = dmtas.dmtaPenalty(targets, targets, options);
  const gradientOptions: dmtas.DmtaGradientOptions = { difference: 'forward' };
  dmtas.dmtaGradient(() => loss, variables, grads, gradientOptions).value.dataSync();

  const alphaOptions: dmtas.LinearAlphaOptions = { alpha: 5, steps: 100 };
  const muOptions: dmtas.HalfLifeMuOptions = { from: 0.9, to: 0.999, steps: 100 };
  const alpha: dmtas.Schedule = dmtas.linearAlpha(alphaOptions);
  const mu: dmtas.Schedule = dmtas.halfLifeMu(muOptions);
  const start: dmtas.Start = 'first';
  const linearOptions: dmtas.LinearDmtaOptions = { alpha, mu, start };
  const linear: dmtas.Dmta = dmtas.dmta(linearOptions);
  const cosineOptions: dmtas.CosineDmtaOptions = { mode: 'cosine', lambda: 1, loss: () => loss };
  const cosine: dmtas.CosineDmta = dmtas.dmta(cosineOptions);
  const inputs: dmtas.DmtaInputs = { params, grads };
  cosine.penalty(inputs);
  // @ts-expect-error the gradients are forgotten
  linear.penalty({ params });
  // @ts-expect-error `alpha` is of the linear mode
  dmtas.dmta({ mode: 'cosine', alpha: 5 });
  const state: dmtas.DmtaState = linear.getState();
  linear.setState(state);
  linear.observe(grads);
  linear.dispose();
  return scalar;
}
