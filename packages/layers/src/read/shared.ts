import * as tf from '@tensorflow/tfjs-core';
import { constant, dot, hostView } from '@toploss/core/kit';
import { check, described } from '../watch/model.js';
import { type LayerCall, madeBy, type Pass } from '../watch/pass.js';

/**
 * What the outputs share: the tensors that all of them are computed from, where their ways part. The inputs of the
 * model, which nothing is learned in, do not count.
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

/** κ = ‖∂ℓ/∂shared‖² of each output, [T], a constant; 0 for a loss that is 0. Read while the losses are differentiated. */
export const proxiesOf = (losses: readonly tf.Scalar[], shared: tf.Tensor[]): tf.Tensor1D =>
  constant(() =>
    tf.stack<tf.Scalar>(
      losses.map((loss, task) => {
        const { grads } = tf.engine().gradients(() => loss, shared, undefined, true);
        const reached = grads.filter((grad) => grad != null);
        const [value = 0] = reached.length > 0 ? [] : (hostView(loss) ?? []);
        if (value !== 0) {
          const expected = 'to be computed from what the outputs share';
          check.reject(`taskLosses[${task}]`, expected, loss);
        }
        return reached.map((grad) => dot(grad, grad)).reduce((a, b) => tf.add(a, b), tf.scalar(0));
      }),
    ),
  ) as tf.Tensor1D;

/** The tensors that one is computed from, itself among them. */
function sourcesOf(pass: Pass, output: tf.Tensor): Set<tf.Tensor> {
  const sources = new Set([output]);
  for (const x of sources) {
    for (const input of pass.maker(x)?.inputs ?? []) {
      sources.add(input);
    }
  }
  return sources;
}

/** The tensors that weights which are trained have gone into, by id. */
export function trainedIn({ calls }: Pass): Set<number> {
  const trained = new Set<number>();
  for (const call of calls) {
    const { layer, inputs } = call;
    if (layer.trainableWeights.length > 0 || inputs.some(({ id }) => trained.has(id))) {
      for (const { id } of madeBy(call)) {
        trained.add(id);
      }
    }
  }
  return trained;
}

/** A penalty of logits that are not an input and of which no weight moves any would do nothing, in silence. */
export function checkTrained(pass: Pass, all: readonly tf.Tensor[]): void {
  const trained = trainedIn(pass);
  if (all.some((logits) => pass.maker(logits) === undefined || trained.has(logits.id))) {
    return;
  }
  const sources = new Set(all.flatMap((logits) => [...sourcesOf(pass, logits)]));
  const below = pass.calls.filter((call) => madeBy(call).some((x) => sources.has(x)));
  const frozen = below.map(({ layer }) => layer).filter(({ weights }) => weights.length > 0);
  const names = [...new Set(frozen)].map(described).join(', ');
  const expected =
    'to come from weights that are trained, or the terms have no effect: set `trainable` of a layer to true and compile again';
  check.reject('logits', expected, names === '' ? 'no weights' : `frozen: ${names}`);
}
