import type * as tf from '@tensorflow/tfjs-core';
import { type Again, again, type End, silent } from '../watch/again.js';
import { lossOf } from '../watch/model.js';
import { checkRows, type Embeddings } from './embeddings.js';
import { predictionOf } from './prediction.js';
import type { Started } from './started.js';

/** From embeddings to the logits of an output. */
export function modelFnOf(
  started: Started,
  { layer }: Embeddings,
  output: number,
): (embeddings: tf.Tensor) => tf.Tensor {
  const { draws, batch } = started;
  started.onRepeat?.();
  return (e) => {
    checkRows(started, e);
    const other = layer === undefined ? { batch: [e] } : { batch, replaced: new Map([[layer, e]]) };
    return logitsAgain(started, output, { draws, ...other });
  };
}

/** From the inputs of the model to the logits of an output, with whatever values its weights have by then. */
export function forwardOf(started: Started, output: number): () => tf.Tensor {
  const { draws, batch } = started;
  started.onRepeat?.();
  return () => logitsAgain(started, output, { draws, batch });
}

function logitsAgain({ model }: Started, output: number, of: Again): tf.Tensor {
  const { pass, ends } = again(model, { lossFunctions: silent(model), ...of });
  return predictionOf(pass, (ends[output] as End).yPred, lossOf(model, output)).logits;
}
