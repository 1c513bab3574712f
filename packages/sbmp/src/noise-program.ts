import type * as tf from '@tensorflow/tfjs-core';
import { byPrograms, launch, sumsText } from '@toploss/core/kit';
import type { Live } from './inputs.js';
import { liveText, placeText } from './live-text.js';

/** One thread counts the live positions of an example. */
const LONGEST_MASK = 4096;

/** `movedByOperations` in two programs. */
export const movedByPrograms = <E extends tf.Tensor>(
  embeddings: E,
  noise: tf.Tensor,
  alpha: number,
  mask: Live,
): E | undefined =>
  mask.shape[1] > LONGEST_MASK
    ? undefined
    : byPrograms('sbmp.noise', () =>
        launch<E>({
          inputs: { embeddings, noise, mask, amplitudes: amplitudesOf(embeddings, alpha, mask) },
          shape: embeddings.shape,
          entry: `
            ${placeText(embeddings.shape)}
            float x = embeddings(b, i, j);
            if (!(${liveText(mask)})) {
              return select(x, 0., isnan(x) || isinf(x));
            }
            return x + amplitudes(0, 0, example) * noise(b, i, j);`,
        }),
      );

/** α/√m of every example: [B]. Any number but ∞ for one that is wholly padded. */
function amplitudesOf(embeddings: tf.Tensor, alpha: number, mask: Live): tf.Tensor {
  const [batch, positions] = mask.shape;
  const entries = embeddings.size / (batch * positions);
  return launch({
    inputs: { mask },
    numbers: { alpha },
    shape: [batch],
    entry: `
      ${sumsText({ k: positions }, { live: 'select(0., 1., mask(0, j, k) != 0.)' })}
      return alpha / sqrt(max(live * ${entries}., 1.));`,
  });
}

/** `readByOperations` in one program. */
export const readByPrograms = (
  dy: tf.Tensor,
  embeddings: tf.Tensor,
  mask: Live,
): tf.Tensor | undefined =>
  byPrograms('sbmp.padding', () =>
    launch({
      inputs: { dy, embeddings, mask },
      shape: dy.shape,
      entry: `
        ${placeText(dy.shape)}
        float x = embeddings(b, i, j);
        return select(dy(b, i, j), 0., !(${liveText(mask)}) && (isnan(x) || isinf(x)));`,
    }),
  );
