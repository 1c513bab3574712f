import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import type { Pass } from '../watch/pass.js';
import { maskOf } from './embeddings.js';
import { readingOf } from './heads.js';
import { activationOf, findPrediction } from './prediction.js';

/** What a loss reads as logits, and how they predict. */
interface LossInputs {
  readonly logits: tf.Tensor;
  readonly head: Head;
}

/** The inputs of `saspNetwork`, by weight noise. */
export interface ReadByLoss extends LossInputs {
  readonly via: 'weights';
  readonly params: tf.NamedTensorMap;
  readonly targets: tf.Tensor;
  readonly mask: tf.Tensor | undefined;
  /** Runs another pass of the whole model. */
  forward(): tf.Tensor;
}

/**
 * The inputs of `saspNetwork` by what the loss itself reads, for an output whose activation and loss don't match: see
 * `readingOf`. In a model with several outputs of which none was named, the sum of the losses reads all of them.
 *
 * @returns `undefined` where the activation and the loss match, or where nothing tells how the loss reads its output.
 */
export function readByLoss(
  pass: Pass,
  output: number | undefined,
  inputs: Pick<ReadByLoss, 'params' | 'targets'>,
): ReadByLoss | undefined {
  if (output !== undefined && matchedInputs(pass, output) !== undefined) {
    return undefined;
  }
  const read = (pass: Pass) => (output === undefined ? inputsOfAll(pass) : inputsOf(pass, output));
  const first = read(pass);
  return (
    first && {
      ...{ ...first, via: 'weights', params: inputs.params },
      mask: maskOf(pass, first.logits),
      get targets() {
        return inputs.targets;
      },
      forward: () => read(pass.again({ isSilent: true }))!.logits,
    }
  );
}

function inputsOf(pass: Pass, output: number): LossInputs | undefined {
  const { yPred, lossGiven } = pass.ends[output]!;
  const last = pass.maker(yPred);
  const activation = last && activationOf(last, yPred);
  const reading = readingOf(lossGiven, activation, yPred.shape.at(-1)!);
  return reading && { head: reading.head, logits: reading.logits(yPred) };
}

/** Each output in the coordinates in which its curvature is 1, side by side, so that their traces add up. */
function inputsOfAll(pass: Pass): LossInputs | undefined {
  const all = pass.ends.map((_, output) => {
    const read = matchedInputs(pass, output) ?? inputsOf(pass, output);
    return read && flattened(coordinates[read.head](read.logits));
  });
  const known = all.filter((x) => x !== undefined);
  return known.length < all.length ? undefined : { head: 'linear', logits: tf.concat(known, 1) };
}

/** The logits of an output whose activation and loss match. */
function matchedInputs(pass: Pass, output: number): LossInputs | undefined {
  const found = findPrediction(pass, output);
  return typeof found === 'string' || found.head === null
    ? undefined
    : { logits: found.logits, head: found.head };
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
