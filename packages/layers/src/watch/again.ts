import * as tf from '@tensorflow/tfjs-core';
import type { Layer, TrainedModel } from './model.js';
import { Pass } from './pass.js';
import { forward, silent } from './train-function.js';

interface OtherPass {
  /** By default that of the first pass. */
  readonly batch?: tf.Tensor[];
  readonly replaced?: ReadonlyMap<Layer, tf.Tensor> | undefined;
  /** Whether it is for the outputs alone, without the losses. */
  readonly isSilent?: boolean;
}

/**
 * Another pass in the same step, in training too: it draws the same random numbers, and what is not trained, such as
 * the averages of batch normalization, is left as it was.
 */
export function again(
  { model, batch: same, draws }: Pick<Pass, 'model' | 'batch' | 'draws'>,
  { batch = same, replaced, isSilent = false }: OtherPass = {},
): { pass: Pass; loss: tf.Scalar } {
  const pass = new Pass(model, batch, draws);
  const lossFunctions = isSilent ? silent(model) : model.lossFunctions;
  const loss = holding(model, 'always', () =>
    pass.watch(() => forward(model, batch, pass.hear, lossFunctions), replaced),
  );
  return { pass, loss };
}

/** Runs f, and puts back what is not trained: always, or if f throws. */
export function holding<T>(
  { nonTrainableWeights }: TrainedModel,
  when: 'always' | 'on error',
  f: () => T,
): T {
  const variables = nonTrainableWeights.map((weight) => weight.read() as tf.Variable);
  const before = variables.map((variable) => tf.keep(tf.clone(variable))); // which shares its memory
  let isHeld = true;
  try {
    const result = f();
    isHeld = when === 'always';
    return result;
  } finally {
    for (const [k, variable] of variables.entries()) {
      // A term may have disposed of the model.
      if (isHeld && !variable.isDisposed) {
        variable.assign(before[k]!);
      }
    }
    tf.dispose(before);
  }
}
