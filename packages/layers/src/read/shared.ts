import * as tf from '@tensorflow/tfjs-core';
import { constant, hostView, innerProduct, reachedGradients } from '@toploss/core/kit';
import { check, described } from '../watch/model.js';
import type { LayerCall, Pass } from '../watch/pass.js';

/**
 * The tensors that all outputs are computed from, where their ways part. The inputs of the model don't count, since
 * nothing is learned in them.
 */
export function sharedBy(pass: Pass): tf.Tensor[] {
  const outputs = pass.ends.map(({ yPred }) => yPred);
  const sources = outputs.map((output) => sourcesOf(pass, output));
  const isCommon = (x: tf.Tensor) => sources.every((of) => of.has(x));
  const isNeeded = (x: tf.Tensor) => sources.some((of) => of.has(x));
  const parts = ({ outputs }: LayerCall) => outputs.some((x) => isNeeded(x) && !isCommon(x));
  const shared = pass.calls.filter(parts).flatMap(({ inputs }) => inputs.filter(isCommon));
  // An output that another one is computed from is shared itself.
  const ends = outputs.filter(isCommon);
  const learned = [...new Set([...shared, ...ends])].filter((x) => pass.maker(x) !== undefined);
  if (learned.length === 0) {
    check.reject('ntkProxies', 'of outputs that share a layer', `${outputs.length} outputs`);
  }
  return learned;
}

/** κ = ‖∂ℓ/∂shared‖² of each output, [T], a constant. It is 0 for a loss that is 0. The tape of the losses must be open. */
export const proxiesOf = (losses: readonly tf.Scalar[], shared: tf.Tensor[]): tf.Tensor1D =>
  constant(() =>
    tf.stack<tf.Scalar>(
      losses.map((loss, task) => {
        const grads = reachedGradients(loss, shared);
        if (grads.length === 0 && (hostView(loss)?.[0] ?? 0) !== 0) {
          const expected = 'to be computed from what the outputs share';
          check.reject(`taskLosses[${task}]`, expected, loss);
        }
        return innerProduct(grads, grads);
      }),
    ),
  ) as tf.Tensor1D;

/** A tensor, and the tensors that it is computed from. */
function sourcesOf(pass: Pass, output: tf.Tensor): Set<tf.Tensor> {
  const sources = new Set([output]);
  for (const x of sources) {
    for (const input of pass.maker(x)?.inputs ?? []) {
      sources.add(input);
    }
  }
  return sources;
}

/** The tensors that trained weights have gone into, by id. */
export function trainedIn({ calls }: Pass): Set<number> {
  const trained = new Set<number>();
  for (const call of calls) {
    const { layer, inputs } = call;
    if (layer.trainableWeights.length > 0 || inputs.some(({ id }) => trained.has(id))) {
      for (const { id } of call.outputs) {
        trained.add(id);
      }
    }
  }
  return trained;
}

/** Throws where no trained weight moves any of the logits: the penalty would do nothing, in silence. */
export function checkTrained(pass: Pass, all: readonly tf.Tensor[]): void {
  const sources = new Set(all.flatMap((logits) => [...sourcesOf(pass, logits)]));
  const below = pass.calls.filter(({ outputs }) => outputs.some((x) => sources.has(x)));
  const layers = below.map(({ layer }) => layer).filter(({ weights }) => weights.length > 0);
  if (layers.every(({ trainableWeights }) => trainableWeights.length === 0)) {
    const names = [...new Set(layers)].map(described).join(', ');
    const expected =
      'to come from weights that are trained, or the terms have no effect: set `trainable` of a layer to true and compile again';
    check.reject('logits', expected, names === '' ? 'no weights' : `frozen: ${names}`);
  }
}
