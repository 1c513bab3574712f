import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import { lossOf } from '../watch/model.js';
import type { Pass } from '../watch/pass.js';
import { maskOf } from './embeddings.js';
import { readingOf } from './heads.js';
import { findPrediction, linkOf } from './prediction.js';

/** What a loss reads as logits, and how they predict. */
interface LossInputs {
  readonly logits: tf.Tensor;
  readonly head: Head;
}

/** What `saspNetwork` reads of it. */
export interface ReadByLoss extends LossInputs {
  readonly via: 'weights';
  readonly params: tf.NamedTensorMap;
  readonly targets: tf.Tensor;
  readonly mask: tf.Tensor | undefined;
  /** By another pass of the whole model. */
  forward(): tf.Tensor;
}

/**
 * What the loss itself reads, where the activation that ends an output and its loss do not go together: see `readingOf`. Of
 * several outputs, where no one of them was named, what the sum of their losses reads. `undefined` where that is not known.
 */
export function readByLoss(
  pass: Pass,
  output: number | undefined,
  inputs: Pick<ReadByLoss, 'params' | 'targets'>,
): ReadByLoss | undefined {
  const read = (pass: Pass) => (output === undefined ? readOfAll(pass) : readOf(pass, output));
  const isSaid = output !== undefined && saidOf(pass, output) !== undefined;
  const first = isSaid ? undefined : read(pass);
  return (
    first && {
      ...{ ...first, via: 'weights', params: inputs.params },
      mask: maskOf(pass, first.logits),
      get targets() {
        return inputs.targets;
      },
      forward: () => (read(pass.again({ isSilent: true })) as LossInputs).logits,
    }
  );
}

function readOf(pass: Pass, output: number): LossInputs | undefined {
  const { yPred } = pass.ends[output]!;
  const last = pass.maker(yPred);
  const link = last && linkOf(last.layer, last.outputs.indexOf(yPred));
  const reading = readingOf(lossOf(pass.model, output), link, yPred.shape.at(-1) as number);
  return reading && { head: reading.head, logits: reading.logits(yPred) };
}

/** Each output in the coordinates in which its curvature is 1, side by side, so that their traces add up. */
function readOfAll(pass: Pass): LossInputs | undefined {
  const all = pass.ends.map((_, output) => {
    const said = saidOf(pass, output) ?? readOf(pass, output);
    return said && flattened(coordinates[said.head](said.logits));
  });
  const known = all.filter((x) => x !== undefined);
  return known.length < all.length ? undefined : { head: 'linear', logits: tf.concat(known, 1) };
}

/** Where the activation that ends an output and its loss go together. */
function saidOf(pass: Pass, output: number): LossInputs | undefined {
  const found = findPrediction(pass, output);
  if (typeof found === 'string' || found.head === null) {
    return undefined;
  }
  return { logits: found.logits, head: found.head };
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
