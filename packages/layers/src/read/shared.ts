import type * as tf from '@tensorflow/tfjs-core';
import { reject } from '@toploss/core/kit';
import { where } from '../watch/model.js';
import type { Call, Pass } from '../watch/pass.js';

/**
 * What the outputs share: the tensors that all of them are computed from, where their ways part. The inputs of the
 * model, which nothing is learned in, do not count.
 */
export function sharedBy(pass: Pass, outputs: readonly tf.Tensor[]): tf.Tensor[] {
  const sources = outputs.map((output) => sourcesOf(pass, output));
  const isCommon = (x: tf.Tensor) => sources.every((of) => of.has(x));
  const isNeeded = (x: tf.Tensor) => sources.some((of) => of.has(x));
  const parts = ({ outputs }: Call) => outputs.some((x) => isNeeded(x) && !isCommon(x));
  const shared = pass.calls.filter(parts).flatMap(({ inputs }) => inputs.filter(isCommon));
  // An output that another one is computed from is shared itself.
  const ends = outputs.filter(isCommon);
  const learned = [...new Set([...shared, ...ends])].filter((x) => pass.maker(x) !== undefined);
  if (learned.length === 0) {
    reject(where, 'ntkProxies', 'of outputs that share a layer', `${outputs.length} outputs`);
  }
  return learned;
}

/** The tensors that one is computed from, itself among them. */
export function sourcesOf(pass: Pass, output: tf.Tensor): Set<tf.Tensor> {
  const sources = new Set([output]);
  for (const x of sources) {
    for (const input of pass.maker(x)?.inputs ?? []) {
      sources.add(input);
    }
  }
  return sources;
}
