import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import { again, type End, silent } from '../watch/again.js';
import { lossOf, type Trained } from '../watch/model.js';
import type { Pass } from '../watch/pass.js';
import { maskOfRows, paddingOf } from './embeddings.js';
import { readingOf } from './heads.js';
import { linkOf, predictionOf } from './prediction.js';
import type { Started } from './started.js';
import { checkTrained } from './trained.js';

/** What a loss reads as logits, and how they predict. */
interface Read {
  readonly logits: tf.Tensor;
  readonly head: Head;
}

/** What `saspNetwork` reads of it. */
export interface ReadByLoss extends Read {
  readonly via: 'weights';
  readonly params: tf.NamedTensorMap;
  readonly mask: tf.Tensor | undefined;
  readonly targets: tf.Tensor;
  /** By another pass of the whole model. */
  forward(): tf.Tensor;
}

/**
 * What the loss itself reads, where the activation that ends an output and its loss do not go together: see `readingOf`. Of
 * several outputs, where no one of them was named, what the sum of their losses reads. `undefined` where that is not known.
 */
export function readByLoss(
  { model, pass, ends, output, batch, draws, isTrial, onRepeat }: Started,
  inputs: Pick<ReadByLoss, 'params' | 'targets'>,
): ReadByLoss | undefined {
  const read = (pass: Pass, ends: readonly End[]) =>
    output === undefined ? readOfAll(model, pass, ends) : readOf(model, pass, ends, output);
  const isSaid = output !== undefined && saidOf(model, pass, ends, output) !== undefined;
  const first = isSaid ? undefined : read(pass, ends);
  if (first === undefined) {
    return undefined;
  }
  if (isTrial) {
    checkTrained(
      pass,
      output === undefined ? ends.map(({ yPred }) => yPred) : [(ends[output] as End).yPred],
    );
  }
  onRepeat?.();
  return {
    ...{ ...first, via: 'weights', params: inputs.params },
    mask: maskOfRows(paddingOf(pass), first.logits),
    get targets() {
      return inputs.targets;
    },
    forward() {
      const { pass, ends } = again(model, { batch, draws, lossFunctions: silent(model) });
      return (read(pass, ends) as Read).logits;
    },
  };
}

function readOf(
  model: Trained,
  pass: Pass,
  ends: readonly End[],
  output: number,
): Read | undefined {
  const { yPred } = ends[output] as End;
  const last = pass.maker(yPred);
  const link = last && linkOf(last.layer, last.outputs.indexOf(yPred));
  const reading = readingOf(lossOf(model, output), link, yPred.shape.at(-1) as number);
  return reading && { head: reading.head, logits: reading.logits(yPred) };
}

/** Each output in the coordinates in which its curvature is 1, side by side, so that their traces add up. */
function readOfAll(model: Trained, pass: Pass, ends: readonly End[]): Read | undefined {
  const all = ends.map((_, output) => {
    const said = saidOf(model, pass, ends, output) ?? readOf(model, pass, ends, output);
    return said && flattened(coordinates[said.head](said.logits));
  });
  const known = all.filter((x) => x !== undefined);
  return known.length < all.length ? undefined : { head: 'linear', logits: tf.concat(known, 1) };
}

/** Where the activation that ends an output and its loss go together. */
function saidOf(
  model: Trained,
  pass: Pass,
  ends: readonly End[],
  output: number,
): Read | undefined {
  try {
    const { yPred } = ends[output] as End;
    const { logits, head } = predictionOf(pass, yPred, lossOf(model, output));
    return head === null ? undefined : { logits, head };
  } catch {
    return undefined;
  }
}

/** x of the logits z such that ‖dx‖² = dzᵀA dz. */
const coordinates: Readonly<Record<Head, (z: tf.Tensor) => tf.Tensor>> = {
  linear: (z) => z,
  // 2√p
  softmax: (z) => tf.mul(2, tf.exp(tf.div(tf.logSoftmax(z), 2))),
  // dx/dz = √(s(1 − s)); beyond 60 that is 0 in float32, and eᶻ soon infinite.
  sigmoid: (z) => tf.mul(2, tf.atan(tf.exp(tf.div(tf.clipByValue(z, -60, 60), 2)))),
};

/** [B, n], scaled so that a mean over B is one over all rows. */
function flattened(x: tf.Tensor): tf.Tensor {
  const [batch, ...rest] = x.shape as [number, ...number[]];
  const rows = tf.util.sizeFromShape(rest.slice(0, -1));
  return tf.div(tf.reshape(x, [batch, -1]), Math.sqrt(rows));
}
